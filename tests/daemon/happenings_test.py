"""What a run tells programs exactly: objects, volumes, decisions, and the facts of errors."""

import hashlib
import os
import re
import socket
import time
import unittest

from support import DaemonTest, wait_for

def of_type(events, kind):
    return [event for event in events if event["type"] == kind]


def objects(events):
    return [(event["path"], event["effect"]) for event in of_type(events, "object")]


class Happenings(DaemonTest):
    def setUp(self):
        super().setUp()
        self.start_daemon()
        self.peer = self.client()

    def run_backup(self, **more):
        return self.peer.watch(self.backup(self.peer, **more))

    def watch(self, method, **more):
        return self.peer.watch(self.peer.call(method, **self.archive(**more))["run"])

    def stored_order(self):
        """Paths as duplicity orders them: by their components, as bytes."""
        found = ["."]
        for folder, folders, files in os.walk(self.source):
            found += [os.path.relpath(os.path.join(folder, name), self.source)
                      for name in folders + files]
        return sorted(found, key=lambda path: [] if path == "." else os.fsencode(path).split(b"/"))

    def volumes_on_target(self):
        return sorted((name for name in self.names_on_target() if "difftar" in name),
                      key=lambda name: int(re.search(r"vol(\d+)", name)[1]))

    def write_some(self):
        self.write("a", b"first")
        self.write("a-b", b"second")
        self.write("a.d/x", b"third")
        self.write("big", os.urandom(3 << 20))
        os.symlink("a", self.path("source", "link"))
        os.mkfifo(self.path("source", "pipe"))

    # --- objects ---

    def test_a_backup_tells_of_objects_only_when_it_is_asked_to(self):
        self.write_some()
        self.assertEqual(of_type(self.run_backup(), "object"), [])

    def test_a_full_backup_tells_of_every_object_in_the_order_of_the_archive(self):
        self.write_some()
        told = of_type(self.run_backup(tell_objects=True), "object")
        self.assertEqual([event["path"] for event in told], self.stored_order())
        self.assertEqual({event["effect"] for event in told}, {"new"})
        types = {event["path"]: event["object_type"] for event in told}
        self.assertEqual(types, {".": "dir", "a": "reg", "a-b": "reg", "a.d": "dir",
                                 "a.d/x": "reg", "big": "reg", "link": "sym", "pipe": "fifo"})

    def test_an_increment_tells_what_is_new_changed_and_deleted_and_a_dry_run_tells_the_same(self):
        self.write_some()
        self.run_backup()
        self.write("a", b"another")
        self.write("fresh", b"new")
        os.unlink(self.path("source", "a-b"))
        dry = objects(self.run_backup(tell_objects=True, dry_run=True))
        told = objects(self.run_backup(tell_objects=True))
        self.assertEqual(told, [(".", "new"), ("a", "changed"), ("a-b", "deleted"),
                                ("fresh", "new")])
        self.assertEqual(dry, told)

    def test_bytes_of_the_source_add_up_to_the_statistics(self):
        self.write_some()
        events = self.run_backup(tell_objects=True)
        told = [event["source_bytes"] for event in of_type(events, "object")]
        self.assertEqual(told, sorted(told))
        self.assertEqual(told[-1], events[-1]["backup"]["statistics"]["source_file_size"])
        sizes = sum(os.lstat(self.path("source", path)).st_size for path in self.stored_order())
        self.assertEqual(told[-1], sizes)

    def test_a_restore_tells_of_each_object_before_it_is_there(self):
        self.write_some()
        self.run_backup()
        events = self.watch("restore", destination=self.path("out"), tell_objects=True)
        self.assertEqual(objects(events), [(path, "begun") for path in self.stored_order()])

    def test_what_cannot_be_restored_is_told_with_its_path_and_so_is_what_is_below_it(self):
        self.write("dir/x", b"1")
        self.write("dir/y", b"2")
        self.write("other", b"3")
        self.run_backup()
        os.mkdir(self.path("out"))
        with open(self.path("out", "dir"), "w", encoding="ascii"):
            pass
        events = self.watch("restore", destination=self.path("out"), force=True, tell_failed=True)
        self.assertEqual(objects(events),
                         [("dir", "failed"), ("dir/x", "failed"), ("dir/y", "failed")])
        warning = of_type(events, "warning")[0]["warning"]
        self.assertEqual(warning["detail"], "not_written")
        self.assertIn({"name": "path", "value": "dir"}, warning["facts"])
        self.assertEqual(self.tree(self.path("out"))["other"], b"3")

    def test_a_socket_is_told_as_skipped(self):
        self.write("a", b"1")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(self.path("source", "sock"))
            events = self.run_backup()
        self.assertEqual([(event["path"], event["why"]) for event in of_type(events, "skipped")],
                         [(self.path("source", "sock"), "socket")])

    # --- volumes ---

    def test_each_volume_is_told_when_it_goes_to_the_target_and_when_it_is_there(self):
        self.write_some()
        events = self.run_backup(tell_volumes=True, volsize_bytes=1 << 20, concurrency=1)
        told = of_type(events, "volume")
        names = self.volumes_on_target()
        self.assertGreater(len(names), 2)
        self.assertEqual([(event["step"], event["number"], event["name"]) for event in told],
                         [(step, number, name) for number, name in enumerate(names, 1)
                          for step in ("begun", "stored")])
        for event in told:
            self.assertEqual(event["bytes"], os.stat(self.path("target", event["name"])).st_size)
        seen = [event["source_bytes"] for event in told]
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(seen[-1], events[-1]["backup"]["statistics"]["source_file_size"])

    def test_a_restore_and_a_verify_count_the_volumes_they_have_read(self):
        self.write_some()
        self.run_backup(volsize_bytes=1 << 20)
        count = len(self.volumes_on_target())
        expected = [("read", number, count) for number in range(1, count + 1)]
        for events in (self.watch("restore", destination=self.path("out"), tell_volumes=True),
                       self.watch("verify", tell_volumes=True)):
            self.assertEqual([(event["step"], event["number"], event["total"])
                              for event in of_type(events, "volume")], expected)

    def test_what_a_restore_would_read_can_be_asked_without_restoring(self):
        self.write_some()
        self.run_backup(volsize_bytes=1 << 20)
        events = self.watch("restore", destination=self.path("out"), only_volumes=True)
        self.assertEqual([event["name"] for event in of_type(events, "volume")],
                         self.volumes_on_target())
        self.assertFalse(os.path.exists(self.path("out")))
        part = self.watch("restore", destination=self.path("out"), path="a", only_volumes=True)
        self.assertEqual([event["number"] for event in of_type(part, "volume")], [1])

    # --- decisions ---

    def reason(self, **more):
        return of_type(self.run_backup(**more), "set")[-1]

    def test_a_backup_tells_which_set_it_makes_and_why(self):
        self.write("a", b"1")
        self.assertEqual(self.reason()["why"], "no_signatures")
        chain = self.reason()
        self.assertEqual((chain["why"], chain["set"]["type"]), ("chain", "incremental"))
        self.assertEqual(self.reason(type="full")["why"], "asked")
        newest = self.reason()["set"]["time"]
        due = self.reason(full_if_older_than=newest + 1000)
        self.assertEqual((due["why"], due["set"]["type"]), ("full_is_due", "full"))

    def interrupt(self, volume, **more):
        events = self.run_backup(volsize_bytes=1 << 20, concurrency=1, fail_on_volume=volume, **more)
        self.assertEqual(events[-1]["error"]["detail"], "forced_failure")
        return of_type(events, "set")[-1]["set"]

    def test_a_forced_failure_leaves_volumes_that_the_next_run_goes_on_behind(self):
        self.write_some()
        # What was written in the moment it is read may change unseen, and would be stored anew.
        written = os.stat(self.path("source", "big")).st_ctime
        wait_for(lambda: time.time() > written + 1.1, "a file that is old enough")
        began = self.interrupt(2)
        self.assertEqual(len(self.volumes_on_target()), 2)
        again = self.reason(volsize_bytes=1 << 20)
        self.assertEqual((again["why"], again["resumed_at_volume"], again["last_path"]),
                         ("interrupted", 3, "big"))
        self.assertEqual(again["set"], began)
        self.assertEqual(self.restore(self.peer, "out")["state"], "done")
        with open(self.path("out", "big"), "rb") as file:
            with open(self.path("source", "big"), "rb") as original:
                self.assertEqual(file.read(), original.read())

    def test_an_interrupted_set_of_another_type_is_gone_on_with_on_request_only(self):
        self.write_some()
        full = self.interrupt(2)
        events = self.run_backup(volsize_bytes=1 << 20, type="incremental")
        self.assertEqual(events[-1]["error"]["detail"], "no_signatures")
        again = self.reason(volsize_bytes=1 << 20, type="incremental", go_on_with_any=True)
        self.assertEqual((again["why"], again["set"]), ("interrupted", full))

        self.write("more", os.urandom(3 << 20))
        increment = self.interrupt(2)
        again = self.reason(volsize_bytes=1 << 20, type="full", go_on_with_any=True)
        self.assertEqual((again["why"], again["set"]), ("interrupted", increment))
        self.assertEqual(self.restore(self.peer, "out")["state"], "done")
        with open(self.path("out", "more"), "rb") as file:
            with open(self.path("source", "more"), "rb") as original:
                self.assertEqual(file.read(), original.read())

    def test_a_set_that_is_not_gone_on_with_is_told_as_put_aside(self):
        self.write_some()
        began = self.interrupt(2)
        self.write("b/c", b"1")
        events = self.run_backup(type="full", encryption=True, passphrase="another")
        told = of_type(events, "put_aside")
        self.assertEqual([(event["set"], event["volumes"]) for event in told], [(began, 2)])

    def test_the_time_of_a_set_can_be_given(self):
        self.write("a", b"1")
        self.assertEqual(self.run_backup(current_time=1_500_000_000)[-1]["backup"]["set"]["time"],
                         1_500_000_000)
        self.assertTrue(all("20170714T024000Z" in name for name in self.names_on_target()))

    def test_a_synchronisation_tells_each_file_it_fetches_and_removes(self):
        self.write("a", b"1")
        self.run_backup(name="here")
        cache = self.path("cache", "here")
        lost = [name for name in os.listdir(cache) if name.endswith((".manifest", ".sigtar.gz"))]
        for name in lost:
            os.rename(os.path.join(cache, name), self.path(name))
        stray = "duplicity-full.20200101T000000Z.manifest"
        os.link(self.path(next(name for name in lost if name.endswith(".manifest"))),
                os.path.join(cache, stray))
        told = of_type(self.watch("sync", name="here"), "cache")
        self.assertEqual(sorted((event["change"], event["name"]) for event in told),
                         sorted([("fetched", name) for name in lost] + [("removed", stray)]))

    # --- errors ---

    def facts(self, events):
        error = events[-1]["error"]
        return error["detail"], {fact["name"]: fact["value"] for fact in error.get("facts", [])}

    def test_another_source_is_told_with_both_names(self):
        self.write("a", b"1")
        self.run_backup()
        os.mkdir(self.path("elsewhere"))
        events = self.watch("backup", source=self.path("elsewhere"))
        self.assertEqual(self.facts(events),
                         ("source_mismatch",
                          {"current": self.path("elsewhere"), "previous": self.source}))

    def test_a_volume_that_did_not_arrive_is_told_with_its_sizes(self):
        self.write_some()
        events = self.run_backup(skip_volume=1, num_retries=1)
        detail, facts = self.facts(events)
        self.assertEqual(detail, "wrong_size")
        self.assertEqual(facts["target_bytes"], "-1")
        self.assertGreater(int(facts["local_bytes"]), 3 << 20)
        self.assertNotIn(facts["volume"], self.names_on_target())

    def test_a_damaged_volume_is_told_with_both_hashes(self):
        self.write_some()
        self.run_backup()
        name = self.volumes_on_target()[0]
        path = self.path("target", name)
        with open(path, "r+b") as file:
            good = hashlib.sha1(file.read()).hexdigest()
            file.seek(100_000)
            file.write(b"\0" * 16)
            file.seek(0)
            bad = hashlib.sha1(file.read()).hexdigest()
        events = self.watch("restore", destination=self.path("out"))
        warning = next(event["warning"] for event in of_type(events, "warning")
                       if event["warning"].get("detail") == "hash_mismatch")
        self.assertEqual({fact["name"]: fact["value"] for fact in warning["facts"]},
                         {"volume": name, "calculated": bad, "expected": good})

    def test_a_missing_volume_is_told_by_its_name(self):
        self.write_some()
        self.run_backup()
        name = self.volumes_on_target()[0]
        os.unlink(self.path("target", name))
        events = self.watch("verify")
        details = {event["warning"].get("detail"): event["warning"].get("facts")
                   for event in of_type(events, "warning")}
        self.assertEqual(details["volume_missing"], [{"name": "volume", "value": name}])

    def test_what_is_not_there_is_told_as_what_it_is(self):
        self.write("a", b"1")
        events = self.watch("restore", destination=self.path("out"))
        self.assertEqual(self.facts(events)[0], "no_backup")
        self.run_backup()
        events = self.watch("restore", destination=self.path("out"), path="no/such")
        self.assertEqual(self.facts(events), ("not_in_archive", {"path": "no/such"}))
        os.makedirs(self.path("full", "of", "things"))
        events = self.watch("restore", destination=self.path("full"))
        self.assertEqual(self.facts(events),
                         ("destination_occupied", {"path": self.path("full")}))

    def test_a_wrong_passphrase_is_told_in_gpgs_own_words_too(self):
        self.write("a", b"1")
        self.run_backup(encryption=True, passphrase="right")
        events = self.watch("restore", destination=self.path("out"), encryption=True,
                            passphrase="wrong", name="fresh")
        detail, facts = self.facts(events)
        self.assertEqual(detail, "secret_wrong")
        self.assertIn("Bad session key", facts["gpg_log"])
        events = self.watch("restore", destination=self.path("out"), encryption=True, name="fresh")
        self.assertEqual(self.facts(events)[0], "secret_missing")


if __name__ == "__main__":
    unittest.main()
