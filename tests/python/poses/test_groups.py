"""Photos of several things in one set."""

import unittest

from photogrammetry.poses.groups import find_groups, groups_warning

FILES = {image_id: f"p{image_id}.jpg" for image_id in range(1, 30)}


class Groups(unittest.TestCase):
    def test_one(self):
        """photos that hang together are one group, also where the other mapper placed a few more or fewer of them"""
        groups = find_groups(set(range(1, 20)), [set(range(1, 24)), set(range(1, 15))])
        self.assertEqual([group.photos for group in groups], [list(range(1, 20))])
        self.assertEqual(groups_warning(groups, FILES), [])

    def test_several(self):
        """groups that either mapper found are named once each, the one in use first, too small ones not at all"""
        first, second, third = {1, 2, 3, 4}, set(range(10, 20)), {21, 22, 23}
        groups = find_groups(first, [first, third, {25, 26}, second | {4}, second])
        self.assertEqual([group.photos for group in groups], [sorted(ids) for ids in (first, second, third)])
        self.assertEqual([group.used for group in groups], [True, False, False])
        (warning,) = groups_warning(groups, FILES)
        self.assertIn("3 groups", warning)
        self.assertIn("Used: 4 photos (p1.jpg, p2.jpg, p3.jpg …)", warning)
        self.assertIn("10 photos (p10.jpg, p11.jpg, p12.jpg …); 3 photos (p21.jpg, p22.jpg, p23.jpg)", warning)
