// How fast matrices are multiplied here: a short measurement that tells a good BLAS from a bad one.
#pragma once

#include "fovea/tensor/tensor.h"

namespace fovea {

/// 10^9 floating-point operations per second of square products of 512 (a multiply-add counts 2) with the present number of compute threads: the best of
/// what fits into `seconds`, after one product to warm up.
double product_gflops(Precision precision, double seconds);

}  // namespace fovea
