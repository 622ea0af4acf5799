# Writes OUTPUT, a source file that holds the text of every file in the list FILES: cmake -DOUTPUT=... -DFILES=a.yaml,b.yaml -P embed.cmake
string(REPLACE "," ";" FILES "${FILES}")
set(rows "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND rows "    BuiltinRecipe{\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"fovea/recipe/builtin.h\"

#include <array>

namespace fovea::recipe {

namespace {
constexpr std::array kRecipes{
${rows}};
}  // namespace

std::span<const BuiltinRecipe> builtin_recipes() { return kRecipes; }

}  // namespace fovea::recipe
")
