"""The one error whose message a user sees: a public code (contract/problem.ts) and a sentence that says what to do."""


class Failure(Exception):
    """`code` is a problem code such as `input_invalid`. Retryable means that the same request may work another time."""

    def __init__(self, code: str, message: str, *, retryable: bool = False):
        super().__init__(message)
        self.code, self.retryable = code, retryable
