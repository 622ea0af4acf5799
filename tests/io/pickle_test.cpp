// Pickles written by hand from the opcodes of docs.python.org/3/library/pickletools.html.
#include "fovea/io/pickle.h"

#include "fovea/base/file.h"

#include "tests/support/errors.h"

#include <gmock/gmock.h>

#include <array>
#include <string>

namespace fovea::io {
namespace {

using namespace std::string_literals;
using test::message_of;
using testing::HasSubstr;

constexpr std::array<std::string_view, 1> kGlobals{"torch.FloatStorage"};

Pickle read(const std::string& text) { return {as_bytes(text), kGlobals, "pickle"}; }

std::string refusal(const std::string& text) {
  const auto error = test::error_of([&] { read(text); });
  if (!error) return "none";
  EXPECT_EQ(error->code(), ErrorCode::kData);
  return error->what();
}

TEST(Pickle, ReadsNumbersOfEveryForm) {
  EXPECT_EQ(*read("\x80\x02K\x07."s).get<int64_t>(0), 7);
  EXPECT_EQ(*read("\x80\x02M\x01\x02."s).get<int64_t>(0), 513);
  EXPECT_EQ(*read("\x80\x02J\xfe\xff\xff\xff."s).get<int64_t>(0), -2);
  EXPECT_EQ(*read("\x80\x02\x8a\x01\xff."s).get<int64_t>(0), -1);  // LONG1 is two's complement of any length
  EXPECT_EQ(*read("\x80\x02\x8a\x02\xff\x00."s).get<int64_t>(0), 255);
  EXPECT_EQ(*read("\x80\x02\x8a\x00."s).get<int64_t>(0), 0);
  EXPECT_EQ(*read("\x80\x02\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."s).get<int64_t>(0), INT64_MIN);
  EXPECT_EQ(*read("\x80\x02G\xbf\xf8\x00\x00\x00\x00\x00\x00."s).get<double>(0), -1.5);
  EXPECT_TRUE(*read("\x80\x02\x88."s).get<bool>(0));
  EXPECT_NE(read("\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01."s).get<Pickle::None>(0), nullptr) << "2 to the 64 is no size of anything";
}

TEST(Pickle, ReadsDictsListsTuplesAndSharedValues) {
  // {"a": (1, [2]), "b": the same list}
  const Pickle pickle = read("\x80\x02}(X\x01\0\0\0aK\x01]q\x00K\x02"s + "a\x86X\x01\0\0\0bh\x00u."s);

  const auto* dict = pickle.get<Pickle::Dict>(pickle.root());
  ASSERT_NE(dict, nullptr);
  ASSERT_EQ(dict->items.size(), 2U);
  EXPECT_EQ(*pickle.get<std::string>(dict->items[0].first), "a");
  const auto* tuple = pickle.get<Pickle::Sequence>(dict->items[0].second);
  ASSERT_EQ(tuple->items.size(), 2U);
  EXPECT_EQ(tuple->items[1], dict->items[1].second);
  EXPECT_EQ(*pickle.get<int64_t>(pickle.get<Pickle::Sequence>(tuple->items[1])->items[0]), 2);
}

TEST(Pickle, KeepsCallsAsData) {
  const Pickle pickle = read(
      "\x80\x02"
      "ctorch\nFloatStorage\nK\x05\x85R."s);

  const auto* call = pickle.get<Pickle::Call>(pickle.root());

  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->function, "torch.FloatStorage");
  EXPECT_EQ(*pickle.get<int64_t>(pickle.get<Pickle::Sequence>(call->arguments)->items[0]), 5);
}

TEST(Pickle, MakesADictOfAnOrderedDict) {
  const Pickle pickle = read(
      "\x80\x02"
      "ccollections\nOrderedDict\n)RK\x01K\x02s}b."s);  // with attributes, which are left out

  EXPECT_EQ(pickle.get<Pickle::Dict>(pickle.root())->items.size(), 1U);
}

TEST(Pickle, RefusesEveryNameThatIsNotKnown) {
  EXPECT_THAT(refusal("\x80\x02"
                      "cos\nsystem\nX\x02\0\0\0ls\x85R."s),
              HasSubstr("pickle: byte 2: it holds a Python object \"os.system\"; loading that would run code of the file"));
  EXPECT_THAT(refusal("\x80\x04\x8c\x08"
                      "builtins\x8c\x04"
                      "eval\x93."s),
              HasSubstr("\"builtins.eval\""));
  EXPECT_THAT(refusal("\x80\x02"
                      "ctorch\nFloatStorage.x\n."s),
              HasSubstr("\"torch.FloatStorage.x\""));
  EXPECT_THAT(refusal("\x80\x02"
                      "ctorch.FloatStorage\n\n."s),
              HasSubstr("\"torch.FloatStorage.\""));
}

TEST(Pickle, RefusesWhatIsNotWellFormed) {
  EXPECT_EQ(refusal(""), "pickle: byte 0: the pickle ends inside this value");
  EXPECT_EQ(refusal("\x80\x02K"s), "pickle: byte 2: the pickle ends inside this value");
  EXPECT_EQ(refusal("\x80\x05N."s), "pickle: byte 0: protocol 5; torch.save writes 2 to 4");
  EXPECT_EQ(refusal("\x80\x02I1\n."s), "pickle: byte 2: opcode 0x49 is none that torch.save writes");
  EXPECT_EQ(refusal("\x80\x02NN."s), "pickle: byte 3: 2 values are left at its end");
  EXPECT_EQ(refusal("\x80\x02\x86."s), "pickle: byte 2: a value is missing");
  EXPECT_EQ(refusal("\x80\x02N(\x85."s), "pickle: byte 4: a value is missing") << "nothing may reach below a mark";
  EXPECT_EQ(refusal("\x80\x02t."s), "pickle: byte 2: a mark is missing");
  EXPECT_EQ(refusal("\x80\x02h\x01."s), "pickle: byte 2: value 1 was never kept");
  EXPECT_EQ(refusal("\x80\x02}(K\x01u."s), "pickle: byte 6: a key without a value");
  EXPECT_EQ(refusal("\x80\x02NK\x01K\x02s."s), "pickle: byte 7: items for something that is no dict");
  EXPECT_EQ(refusal("\x80\x02NNa."s), "pickle: byte 4: items for something that is no list");
  EXPECT_EQ(refusal("\x80\x02N)R."s), "pickle: byte 4: a call of something that is no function");
  EXPECT_EQ(refusal("\x80\x02X\xff\xff\xff\xff"
                    "a."s),
            "pickle: byte 2: a text of 4294967295 bytes, the pickle has 9");
  EXPECT_EQ(refusal("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s), "pickle: byte 2: a text of 18446744073709551615 bytes, the pickle has 12");
}

TEST(Pickle, RefusesMoreValuesThanAnyNetworkHas) { EXPECT_THAT(refusal("\x80\x02(" + std::string(2'000'001, 'N')), HasSubstr("more than 2000000 values")); }

TEST(Pickle, MayContainItself) {  // l = []; l.append(l)
  const Pickle pickle = read(
      "\x80\x02]q\x00h\x00"
      "a."s);

  EXPECT_EQ(pickle.get<Pickle::Sequence>(pickle.root())->items[0], pickle.root());
}

}  // namespace
}  // namespace fovea::io
