"""Whether the background moved with the subject, so that it may help to place the cameras."""

import unittest

from photogrammetry.poses.background import MAX_STILL_SHARE, MIN_SUBJECT_SHARE, fitting_share, still_share

from .views import Turntable


class Background(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.subject = Turntable(6, 15)
        cls.matched = cls.subject.matched()

    def test_moved_with_it(self):
        """a subject whose background moved with it fits the background's cameras"""
        self.assertGreater(fitting_share(self.matched, self.subject.model(self.matched)), MIN_SUBJECT_SHARE)

    def test_turned_otherwise(self):
        """a subject that was turned while the camera moved too contradicts the background's cameras"""
        other = Turntable(6, 5)
        self.assertLess(fitting_share(self.matched, other.model(self.matched)), 0.5 * MIN_SUBJECT_SHARE)

    def test_too_few_to_tell(self):
        """a subject with hardly a match says nothing for the background's cameras"""
        few = Turntable(3, 15, points=20)
        matched = few.matched()
        self.assertEqual(fitting_share(matched, few.model(matched)), 0)

    def test_stands_still(self):
        """a background that stands still while the subject turns is told from one that moves"""
        self.assertGreater(still_share(Turntable(4, 0).matched()), 0.9)
        self.assertLess(still_share(self.matched), 0.3 * MAX_STILL_SHARE)
