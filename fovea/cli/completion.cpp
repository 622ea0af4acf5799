// fovea completion bash; and `fovea completion words WORD... CURRENT`, which the script asks at every Tab
#include "fovea/cli/arguments.h"
#include "fovea/cli/complete.h"
#include "fovea/cli/completion_script.h"

#include <algorithm>

namespace fovea::cli {

namespace {

int print_words(Arguments words, Console& console) {
  if (words.empty()) words.emplace_back();
  const std::string current = words.back();
  words.pop_back();
  if (words.empty()) {
    std::vector<std::string> first{"--help", "--help-all", "--version"};
    for (const Command& command : commands()) first.emplace_back(command.name);
    for (const std::string& word : beginning_with(current, first)) console.print("{}\n", word);
    return 0;
  }
  const auto command = std::ranges::find(commands(), words.front(), &Command::name);
  if (command == commands().end()) return 0;  // nothing can follow
  Console asking = console;
  asking.completing = current;
  return command->run(Arguments(words.begin() + 1, words.end()), asking);
}

}  // namespace

int run_completion(const Arguments& arguments, Console& console) {
  // Before the parser: the words are another command's, flags and all.
  const bool asks_for_words = !console.completing && !arguments.empty() && arguments.front() == "words";
  if (asks_for_words) return print_words(Arguments(arguments.begin() + 1, arguments.end()), console);
  const auto parser = make_parser("completion", "Completion of commands, flags, recipes, networks and keys by the Tab key.");
  CLI::App* bash = parser->add_subcommand("bash", "print the script; make install puts it where bash looks");
  if (!parse(*parser, arguments, console)) return 0;
  console.out << (bash->parsed() ? std::string(kBashCompletion) : parser->help());
  return 0;
}

}  // namespace fovea::cli
