// Must fail: if this passed, no other test could be believed (style examples, M). ctest expects the failure (WILL_FAIL).
#include <gtest/gtest.h>

TEST(Canary, Fails) { EXPECT_EQ(1 + 1, 3); }
