// Matrix multiplication, Gaussian elimination with pivoting, and a determinant.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { n = 120 };
static double a[n][n], b[n][n], c[n][n], x[n];
static unsigned seed = 42;
static double uniform(void) { return ((seed = seed * 1103515245u + 12345u) >> 16) / 65536.0; }
static double eliminate(void) {
  double determinant = 1;
  for (int k = 0; k < n; k++) {
    int pivot = k;
    for (int r = k + 1; r < n; r++) if (fabs(a[r][k]) > fabs(a[pivot][k])) pivot = r;
    if (pivot != k) {
      determinant = -determinant;
      for (int j = 0; j < n; j++) { double t = a[k][j]; a[k][j] = a[pivot][j]; a[pivot][j] = t; }
      double t = x[k]; x[k] = x[pivot]; x[pivot] = t;
    }
    determinant *= a[k][k] / 4;
    for (int r = k + 1; r < n; r++) {
      double factor = a[r][k] / a[k][k];
      for (int j = k; j < n; j++) a[r][j] -= factor * a[k][j];
      x[r] -= factor * x[k];
    }
  }
  for (int k = n - 1; k >= 0; k--) {
    for (int j = k + 1; j < n; j++) x[k] -= a[k][j] * x[j];
    x[k] /= a[k][k];
  }
  return determinant;
}

int main(void) {
  for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) a[i][j] = uniform(), b[i][j] = uniform();
  for (int i = 0; i < n; i++) for (int k = 0; k < n; k++) for (int j = 0; j < n; j++) c[i][j] += a[i][k] * b[k][j];
  double trace = 0;
  for (int i = 0; i < n; i++) trace += c[i][i];
  printf("%.6f\n", trace);
  for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) x[i] += a[i][j] * (j % 7);
  double determinant = eliminate(), error = 0;
  for (int j = 0; j < n; j++) error += fabs(x[j] - j % 7);
  printf("%d %d\n", determinant != 0, error < 1e-8);
  return 0;
}
