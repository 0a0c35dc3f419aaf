// The numbers of duplicity's machine log, and so of its exit status.
//
// Source: command-line.md 3.2 to 3.4. The three enumerations have number spaces of their own.
#pragma once

namespace duplid::duplicity {

/// Number of an ERROR record. That of the fatal one is the exit status.
enum class ErrorCode {
    generic = 1,
    command_line = 2,
    hostname_mismatch = 3,
    interrupted = 4,  ///< a status without a record; as a record it is no_manifests
    mismatched_manifests = 5,
    unreadable_manifests = 6,
    cant_open_filelist = 7,
    bad_url = 8,
    bad_archive_dir = 9,
    bad_sign_key = 10,
    restore_dir_exists = 11,
    verify_dir_doesnt_exist = 12,
    backup_dir_doesnt_exist = 13,
    file_prefix_error = 14,
    globbing_error = 15,
    redundant_inclusion = 16,
    inc_without_sigs = 17,
    restore_dir_not_found = 19,
    no_restore_files = 20,
    mismatched_hash = 21,
    unsigned_volume = 22,
    user_error = 23,
    exception = 30,  ///< its record has the name of a class as third word, always
    gpg_failed = 31,
    not_implemented = 33,
    not_enough_freespace = 35,
    connection_failed = 38,
    restart_file_not_found = 39,
    source_dir_mismatch = 42,
    volume_wrong_size = 44,
    encryption_mismatch = 45,
    backend_error = 50,
    backend_permission_denied = 51,
    backend_not_found = 52,
    backend_no_space = 53,
    redundant_filter = 70,     // of 3.x
    trailing_filter = 71,      // of 3.x
    absolute_files_from = 72,  // of 3.x
    empty_files_from = 73,     // of 3.x
};

/// Number of a WARNING record.
enum class WarningCode {
    generic = 1,
    orphaned_sig = 2,
    unnecessary_sig = 3,
    unmatched_sig = 4,
    incomplete_backup = 5,
    orphaned_backup = 6,
    cannot_iterate = 8,
    cannot_stat = 9,
    cannot_read = 10,
    no_sig_for_time = 11,
    cannot_process = 12,
    process_skipped = 13,
    restart_file_not_found = 39,
};

/// Number of an INFO record, and of NOTICE 16.
enum class InfoCode {
    generic = 1,
    progress = 2,
    collection_status = 3,
    diff_file_new = 4,
    diff_file_changed = 5,
    diff_file_deleted = 6,
    patch_file_writing = 7,
    patch_file_patching = 8,
    file_list = 10,
    synchronous_upload_begin = 11,
    asynchronous_upload_begin = 12,
    synchronous_upload_done = 13,
    asynchronous_upload_done = 14,
    skipping_socket = 15,
    upload_progress = 16,
};

}  // namespace duplid::duplicity
