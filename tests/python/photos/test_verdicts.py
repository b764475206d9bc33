import unittest

from photogrammetry.photos.exposure import Exposure
from photogrammetry.photos.sharpness import Sharpness
from photogrammetry.photos.verdicts import Measures, judge

PHOTO = {"originalWidth": 4000, "originalHeight": 3000}


def measures(detail=1.5, ev=-2.0, blown=0.0, black=0.0, features=500, links=(50, 50, 50), copy_of=None) -> Measures:
    sharpness = None if detail is None else Sharpness(0.0, detail)
    return Measures(sharpness, Exposure(ev, blown, black), features, links, copy_of)


def verdict_of(one: Measures, others: Measures | None = None, photo: dict = PHOTO):
    """Among ten others."""
    return judge([*[PHOTO] * 5, photo, *[PHOTO] * 5], [*[others or measures()] * 5, one, *[others or measures()] * 5])[
        5
    ]


class VerdictsTest(unittest.TestCase):
    def assert_verdict(self, verdict, word: str, *codes: str):
        self.assertEqual((verdict.word, [reason["code"] for reason in verdict.reasons]), (word, list(codes)))

    def test_good(self):
        """A photo like the others is good"""
        self.assert_verdict(verdict_of(measures()), "good")

    def test_blurred(self):
        """A photo that is a third as sharp as the others is bad, half as sharp a warning"""
        self.assert_verdict(verdict_of(measures(detail=0.4)), "bad", "blurred")
        self.assert_verdict(verdict_of(measures(detail=0.75)), "warn", "soft")
        self.assertIn("a quarter as sharp", verdict_of(measures(detail=0.4)).reasons[0]["message"])

    def test_less_texture(self):
        """A sharp photo of a plainer side is good, however much texture the others show"""
        self.assert_verdict(verdict_of(measures(detail=1.0), others=measures(detail=4.0)), "good")

    def test_all_blurred(self):
        """In a set that is all blurred each photo is bad"""
        self.assert_verdict(verdict_of(measures(detail=0.1), others=measures(detail=0.1)), "bad", "blurred")
        self.assert_verdict(verdict_of(measures(detail=0.2), others=measures(detail=0.2)), "warn", "soft")

    def test_light(self):
        """Other light and lost whites are warnings: such a photo can be placed and painted from"""
        self.assert_verdict(verdict_of(measures(ev=-4)), "warn", "exposure")
        self.assertIn("4.0 times darker", verdict_of(measures(ev=-4)).reasons[0]["message"])
        self.assert_verdict(verdict_of(measures(blown=0.3)), "warn", "clipped")

    def test_white_background(self):
        """A white background that all photos have is no loss"""
        self.assert_verdict(verdict_of(measures(blown=0.7), others=measures(blown=0.68)), "good")

    def test_nothing_in_it(self):
        """A photo without anything to recognise is bad, and it is said whether it is black, white or plain"""
        for one, why in (
            (measures(detail=None, features=0), "plain"),
            (measures(detail=None, features=0, black=0.9), "black"),
            (measures(detail=None, features=0, ev=-9.5), "black"),
            (measures(detail=None, features=0, blown=0.9), "white"),
        ):
            verdict = verdict_of(one)
            self.assertEqual((verdict.word, verdict.reasons[0]["code"]), ("bad", "plain"))
            self.assertIn(why, verdict.reasons[0]["message"])

    def test_copies_and_shapes(self):
        """A copy and a panorama are bad, a small photo is a warning"""
        self.assert_verdict(verdict_of(measures(copy_of="a.jpg")), "bad", "duplicate")
        panorama = {"originalWidth": 12_000, "originalHeight": 3000}
        self.assert_verdict(verdict_of(measures(), photo=panorama), "bad", "panorama")
        self.assert_verdict(
            verdict_of(measures(), photo={"originalWidth": 640, "originalHeight": 480}), "warn", "small"
        )

    def test_all_small(self):
        """In a set of small photos none is marked for it"""
        small = {"originalWidth": 480, "originalHeight": 360}
        verdicts = judge([small, small, {"originalWidth": 400, "originalHeight": 300}], [measures()] * 3)
        self.assertEqual([verdict.word for verdict in verdicts], ["good"] * 3)

    def test_overlap(self):
        """A photo that shares nothing, or only with one other, is a warning"""
        self.assert_verdict(verdict_of(measures(links=())), "warn", "no_overlap")
        self.assert_verdict(verdict_of(measures(links=(40,))), "warn", "little_overlap")

    def test_bad_first(self):
        """What makes a photo bad comes first among its reasons"""
        verdict = verdict_of(measures(detail=0.3), photo={"originalWidth": 640, "originalHeight": 480})
        self.assert_verdict(verdict, "bad", "blurred", "small")
