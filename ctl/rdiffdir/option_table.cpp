#include "ctl/rdiffdir/option_table.hpp"

#include <array>

namespace duplid::rdiffdir {

namespace {

constexpr std::array table{
    Option{OptionId::exclude, "", "--exclude", "shell_pattern",
           "Leave out what matches the pattern."},
    Option{OptionId::exclude_device_files, "", "--exclude-device-files", "",
           "Leave out device files."},
    Option{OptionId::exclude_filelist, "", "--exclude-filelist", "filename",
           "Leave out what the file lists, a pattern on each line."},
    Option{OptionId::exclude_filelist_stdin, "", "--exclude-filelist-stdin", "",
           "The same with the list from standard input."},
    Option{OptionId::exclude_globbing_filelist, "", "--exclude-globbing-filelist", "filename",
           "An old name of --exclude-filelist."},
    Option{OptionId::exclude_other_filesystems, "", "--exclude-other-filesystems", "",
           "Leave out what lies on another file system than the directory."},
    Option{OptionId::exclude_regexp, "", "--exclude-regexp", "regexp",
           "Leave out what the regular expression is found in."},
    Option{OptionId::gzip_compress, "-z", "--gzip-compress", "",
           "Write signatures and deltas gzipped. Whether a file that is read is gzipped shows by "
           "itself."},
    Option{OptionId::ignore_errors, "", "--ignore-errors", "",
           "Nothing changes: what can be gone on with always is."},
    Option{OptionId::include, "", "--include", "shell_pattern",
           "Take what matches the pattern, whatever later options say."},
    Option{OptionId::include_filelist, "", "--include-filelist", "filename",
           "Take what the file lists, a pattern on each line."},
    Option{OptionId::include_filelist_stdin, "", "--include-filelist-stdin", "",
           "The same with the list from standard input."},
    Option{OptionId::include_globbing_filelist, "", "--include-globbing-filelist", "filename",
           "An old name of --include-filelist."},
    Option{OptionId::include_regexp, "", "--include-regexp", "regexp",
           "Take what the regular expression is found in."},
    Option{OptionId::max_blocksize, "", "--max-blocksize", "bytes",
           "The longest block of signatures (2048)."},
    Option{OptionId::null_separator, "", "--null-separator", "",
           "Lines of lists end in NUL instead of newline."},
    Option{OptionId::verbosity, "-v", "--verbosity", "level",
           "How much is said, from 0 to 9 (3). At 5, each file that goes into a delta, or is "
           "patched, is named."},
    Option{OptionId::version, "-V", "", "", "Print the version."},
    Option{OptionId::write_sig_to, "", "--write-sig-to", "sigfile",
           "With delta and tar: write also a signature of what goes into the output."},
};

constexpr std::array command_table{
    Command{CommandId::signature, "signature", "basis_dir signature_file",
            "Write a signature of the directory."},
    // The reference's own short form; other abbreviations are not known.
    Command{CommandId::signature, "sig", "basis_dir signature_file", "The same."},
    Command{CommandId::delta, "delta", "full_sigtar {incr_sigtar} new_dir delta_file",
            "Write what has to be done to make new_dir of what the signatures are of."},
    Command{CommandId::patch, "patch", "basis_dir delta_file",
            "Do to the directory what the delta, or a tar, says."},
    Command{CommandId::tar, "tar", "basis_dir tar_file",
            "Write all of the directory, in the form of a delta."},
};

}  // namespace

std::span<const Option> options() noexcept
{
    return table;
}

std::span<const Command> commands() noexcept
{
    return command_table;
}

}  // namespace duplid::rdiffdir
