"""Where a model's weights are, and how they get here. rembg's own session classes name file, address and checksum."""

import hashlib
import os
import time

import pooch
import rembg_library as rembg

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 30
CHUNK_BYTES = 1 << 20
REPORT_S = 2
MB = 1_000_000


class ModelError(Exception):
    """Its text is for the user."""


class _Source(Exception):
    """Carries what rembg would have fetched."""

    def __init__(self, url, known_hash, fname):
        self.url, self.known_hash, self.fname = url, known_hash, fname


def _stop_before_fetching(url, known_hash, fname, **_):
    raise _Source(url, known_hash, fname)


# rembg fetches in the same call that finds a file. It must never do so by itself.
pooch.retrieve = _stop_before_fetching


def source_of(model):
    """What rembg would fetch for the model: address, checksum as `algorithm:hex`, file name."""
    home = os.environ.get("U2NET_HOME")
    os.environ["U2NET_HOME"] = "/nonexistent"
    try:
        rembg.sessions[model].download_models()
    except _Source as source:
        return source
    finally:
        os.environ["U2NET_HOME"] = home or ""
    raise ModelError(f"rembg names no file for the model {model}.")


def checksum(path, algorithm):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def check_file(model, path):
    """Raises ModelError when the file is not the one rembg expects."""
    algorithm, expected = source_of(model).known_hash.split(":")
    if checksum(path, algorithm) != expected:
        raise ModelError(
            f"The file of the model {model} in the models folder is damaged or another one. Remove it, then retry."
        )


def fetch(model, path, mirror, log):
    """Fetches the weights into `path` and checks them. Returns the checksum. Leaves no file behind when it fails.

    `mirror` is the base address of a server that has `<file>`, or empty for the address rembg names.
    """
    # A quarter of a second that only a fetch needs.
    import requests

    source = source_of(model)
    url = f"{mirror.rstrip('/')}/{source.fname}" if mirror else source.url
    host = requests.utils.urlparse(url).netloc
    advice = (
        f"Connect the runner to {host}, put the file {source.fname} into its models folder, or set KILN_MODELS_URL to a "
        "mirror; u2netp is built in."
    )
    try:
        _download(requests, url, path, model, log)
        algorithm, expected = source.known_hash.split(":")
        if checksum(path, algorithm) != expected:
            raise ModelError(
                f"What {host} has as {source.fname} is not the model {model}: its checksum differs. It was not kept. {advice}"
            )
    except (requests.RequestException, OSError) as error:
        _remove(path)
        # OSError of the disk is no matter of the host; requests' own errors are OSErrors too.
        if not isinstance(error, requests.RequestException):
            raise
        log(f"{url}: {error}")
        raise ModelError(f"The model {model} could not be fetched from {host}: {_reason(error)}. {advice}") from error
    except BaseException:
        _remove(path)
        raise
    return source.known_hash


def _download(requests, url, path, model, log):
    with requests.get(url, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)) as response:
        response.raise_for_status()
        total = int(response.headers.get("Content-Length") or 0)
        of = f" of {total / MB:.1f}" if total else ""
        done, reported = 0, time.monotonic()
        log(f"Fetching the model {model}" + (f" ({total / MB:.1f} MB)" if total else ""))
        with open(path, "wb") as file:
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                if time.monotonic() - reported >= REPORT_S:
                    reported = time.monotonic()
                    log(f"Fetching the model {model}: {done / MB:.1f}{of} MB")
        if total and done < total and "Content-Encoding" not in response.headers:
            raise requests.ConnectionError(f"the connection ended after {done} of {total} bytes")
    log(f"Fetched the model {model}: {done / MB:.1f} MB")


def _reason(error):
    response = getattr(error, "response", None)
    if response is not None:
        return f"it answered {response.status_code}"
    name = type(error).__name__
    if "Timeout" in name:
        return "it did not answer in time"
    return "its certificate is not trusted" if "SSL" in name else "the connection failed"


def _remove(path):
    if os.path.exists(path):
        os.remove(path)
