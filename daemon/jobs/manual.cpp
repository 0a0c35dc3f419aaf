#include "daemon/jobs/manual.hpp"

#include "daemon/jobs/job.hpp"
#include "daemon/jobs/loader.hpp"
#include "proto/field.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace duplid::jobs {

namespace {

/// `text` so that roff prints it as it is, in ASCII: groff_char(7). A dot at the front is no
/// request. (ctl has the like for its pages, which daemon does not see.)
std::string roff(std::string_view text)
{
    constexpr std::array<std::pair<char, std::string_view>, 6> escapes{{{'\\', "\\e"},
                                                                        {'-', "\\-"},
                                                                        {'\'', "\\(aq"},
                                                                        {'`', "\\(ga"},
                                                                        {'~', "\\(ti"},
                                                                        {'^', "\\(ha"}}};
    std::string result = text.starts_with('.') ? "\\&" : "";
    for (const char c : text) {
        const auto* const found =
            std::ranges::find(escapes, c, &std::pair<char, std::string_view>::first);
        result += found == escapes.end() ? std::string(1, c) : std::string{found->second};
    }
    return result;
}

std::string sentence(std::string_view about)
{
    std::string text{about};
    if (!text.empty()) {
        text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
        text += text.ends_with('.') ? "" : ".";
    }
    return text;
}

/// One entry for each setting, those within others behind them with their whole name.
class ManualWriter final : public proto::Fields {
public:
    using Field = proto::Field;

    ManualWriter(std::string prefix, std::string& text) : prefix_{std::move(prefix)}, text_{text} {}

    void member(const Field& field, bool& value) override
    {
        add(field, "true or false", value ? "true" : "");
    }
    void member(const Field& field, std::int64_t& value) override
    {
        add(field, "a whole number", value != 0 ? std::to_string(value) : "");
    }
    void member(const Field& field, std::uint64_t& value) override
    {
        add(field, "a whole number", value != 0 ? std::to_string(value) : "");
    }
    void member(const Field& field, double&) override { add(field, "a number", ""); }
    void member(const Field& field, std::string& value) override { add(field, "text", value); }
    void member(const Field& field, std::vector<std::string>&) override
    {
        add(field, "a list of texts", "");
    }
    void member(const Field& field, proto::SecretText&) override { add(field, "text", ""); }
    void member(const Field& field, proto::Json&) override { add(field, "an object", ""); }
    void path(const Field& field, std::string& value) override { add(field, "text", value); }

protected:
    void choice(const Field& field, std::span<const proto::Choice> choices, int& value) override
    {
        std::string words;
        std::string chosen;
        for (const auto& known : choices) {
            if (known.name != "other") {
                words += (words.empty() ? "" : "|") + std::string{known.name};
            }
            chosen = known.value == value ? known.name : chosen;
        }
        add(field, words, chosen);
    }

    void object(const Field& field, const std::function<void(Fields&)>& describe) override
    {
        add(field, "an object", "");
        ManualWriter inner{prefix_ + std::string{field.name} + ".", text_};
        describe(inner);
    }

    void list(const Field& field, std::size_t,
              const std::function<void(Fields&, std::size_t)>& describe) override
    {
        add(field, "a list of objects", "");
        ManualWriter inner{prefix_ + std::string{field.name} + "[].", text_};
        describe(inner, 0);
    }

    bool present(const Field&, bool) override { return true; }

private:
    void add(const Field& field, std::string_view kind, std::string_view otherwise)
    {
        text_ +=
            ".TP\n\\fB" + roff(prefix_ + std::string{field.name}) + "\\fR: " + roff(kind) + "\n";
        text_ += roff(sentence(field.about)) + "\n";
        if (!otherwise.empty()) {
            text_ += "Default: " + roff(otherwise) + ".\n";
        }
    }

    std::string prefix_;
    std::string& text_;
};

template <class Message>
std::string settings_of()
{
    Message message;
    std::string text;
    ManualWriter writer{"", text};
    message.describe(writer);
    return text;
}

std::string heading(const std::string& name, const std::string& about)
{
    std::string upper = name;
    for (char& c : upper) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return ".\\\" Generated from daemon/jobs.\n.TH " + roff(upper) +
           " 5 \"\" \"duplid " DUPLID_VERSION "\" \"File Formats\"\n.SH NAME\n" + roff(name) +
           " \\- " + about + "\n";
}

std::string as_it_is(std::string_view text)
{
    std::string lines = ".PP\n.nf\n";
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        // An empty line would be a paragraph.
        lines += end == 0 ? "\\&\n" : roff(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines + ".fi\n";
}

constexpr const char* syntax =
    "The file is a JSON object, in which // and /* */ begin comments. A setting that does not "
    "exist, one that is there twice, and a value that makes no sense are mistakes, which\n"
    ".B duplictl config\\-check\ntells with file, line and column. Changes are put in force by\n"
    ".BR \"duplictl reload\" .\nA file that others may write to is refused, since it may name "
    "commands.\n";

}  // namespace

std::string job_manual(std::string_view example)
{
    auto text = heading("duplid-job", "a backup that duplid makes by itself");
    text +=
        ".SH SYNOPSIS\n.I /etc/duplid/jobs.d/NAME.json\n.br\n"
        ".I \\(ti/.config/duplid/jobs.d/NAME.json\n"
        ".SH DESCRIPTION\n"
        "Each file is one job, and the job has its name: letters, digits, dots, underscores and "
        "hyphens. ";
    text += syntax;
    text += ".PP\nWhat the file says is laid over the \"defaults\" of\n.BR duplid.json (5)\n"
            "and over the files that it includes. Files\n.I NAME.d/*.json\nbeside it are laid over "
            "it in the order of their names;\n.B duplictl job\\-set\nwrites one of these. Objects "
            "are merged, everything else is replaced, and null takes a setting away.\n"
            ".PP\nSpans of time are written as in\n.BR systemd.time (7),\n"
            "with duplicity's D, W, M and Y beside: 6h, 1d, 3M. Sizes are bytes, or units of 1024 "
            "and so on with K, M, G and T. A path that is not UTF\\-8 is said in base64, by a "
            "setting whose name has\n.B _b64\nat its end.\n"
            ".SH SETTINGS\n"
            "Settings within others are written with dots here, as\n.B duplictl job\\-set\n"
            "takes them; \"[]\" stands for each item of a list.\n";
    text += settings_of<Job>();
    text += ".SH EXAMPLE\n";
    text += as_it_is(example);
    text += ".SH SEE ALSO\n.BR duplid.json (5),\n.BR duplictl (1),\n.BR duplid (8),\n.BR "
            "systemd.time (7),\n"
            ".BR duplicity (1)\n";
    return text;
}

std::string settings_manual(std::string_view example)
{
    auto text = heading("duplid.json", "settings of duplid, and of all its jobs");
    text += ".SH SYNOPSIS\n.I /etc/duplid/duplid.json\n.br\n.I \\(ti/.config/duplid/duplid.json\n"
            ".SH DESCRIPTION\n"
            "Settings of the resident daemon, the system's or a user's. Everything may be left "
            "out, and so may the file. ";
    text += syntax;
    text += "A mistake in it stops all jobs from being read, since without its defaults they would "
            "be others.\n.SH SETTINGS\n";
    text += settings_of<Settings>();
    text += ".SH EXAMPLE\n";
    text += as_it_is(example);
    text += ".SH SEE ALSO\n.BR duplid\\-job (5),\n.BR duplictl (1)\n";
    return text;
}

}  // namespace duplid::jobs
