"""Who gets in, and how the socket is made and left."""

import os
import stat
import subprocess
import unittest

from support import DUPLID, DaemonTest, Refused

NOBODY = 65534


class Access(DaemonTest):
    def options(self):
        return ["--socket", self.socket_path, "--state-dir", self.path("state"), "--cache-dir", self.path("cache")]

    def strangers_client(self):
        """Another user's, as if somebody had opened the way to the socket by mistake."""
        for path in (self.root, os.path.dirname(self.socket_path)):
            os.chmod(path, 0o755)
        os.chmod(self.socket_path, 0o666)
        os.seteuid(NOBODY)
        try:
            return self.client(greet=False)
        finally:
            os.seteuid(0)

    def test_the_socket_is_the_users_alone(self):
        self.start_daemon()
        self.assertEqual(stat.S_IMODE(os.stat(self.socket_path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.socket_path)).st_mode), 0o700)

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_another_user_is_refused_by_what_the_kernel_says_of_them(self):
        self.start_daemon()
        client = self.strangers_client()
        with self.assertRaises(Refused) as refused:
            client.call("hello", protocol_min=1, protocol_max=1)
        self.assertEqual(refused.exception.name, "denied")
        self.assertTrue(client.has_ended())
        self.client().call("status")

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_a_user_who_is_refused_does_not_learn_which_methods_there_are(self):
        self.start_daemon()
        answers = set()
        for method in ("backup", "no-such-method"):
            with self.assertRaises(Refused) as refused:
                self.strangers_client().call(method)
            answers.add((refused.exception.name, refused.exception.message))
        self.assertEqual(len(answers), 1)

    def test_a_second_daemon_on_one_socket_is_refused_and_the_first_lives_on(self):
        self.start_daemon()
        second = subprocess.run([DUPLID, *self.options()], capture_output=True, timeout=30, check=False)
        self.assertEqual(second.returncode, 11)
        self.assertIn(b"another duplid", second.stderr)
        self.client().call("status")

    def test_the_socket_of_a_killed_daemon_is_replaced(self):
        self.start_daemon()
        self.daemon.kill()
        self.daemon.wait()
        self.assertTrue(os.path.exists(self.socket_path))
        self.start_daemon()
        self.client().call("status")
        self.assertEqual(self.end_daemon(), 0)
        self.assertFalse(os.path.exists(self.socket_path))

    def test_a_file_that_is_no_socket_is_left_alone(self):
        os.makedirs(os.path.dirname(self.socket_path))
        with open(self.socket_path, "w", encoding="ascii") as file:
            file.write("precious")
        refused = subprocess.run([DUPLID, *self.options()], capture_output=True, timeout=30, check=False)
        self.assertEqual(refused.returncode, 2)
        with open(self.socket_path, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def test_a_state_directory_that_cannot_be_written_costs_the_history_only(self):
        with open(self.path("state"), "w", encoding="ascii") as file:
            file.write("a file where a directory should be")
        self.start_daemon(stderr=subprocess.DEVNULL)
        self.assertEqual(self.client().call("run-list")["runs"], [])


if __name__ == "__main__":
    unittest.main()
