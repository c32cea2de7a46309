// The planets' orbits by a symplectic integrator: energy before and after.
#include <math.h>
#include <stdio.h>

struct body { double x[3], v[3], mass; };
#define year 365.24
#define sun (4 * M_PI * M_PI)
static struct body bodies[] = {
  {{0}, {0}, sun},
  {{4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01}, {1.66007664274403694e-03 * year, 7.69901118419740425e-03 * year, -6.90460016972063023e-05 * year}, 9.54791938424326609e-04 * sun},
  {{8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01}, {-2.76742510726411899e-03 * year, 4.99852801234917238e-03 * year, 2.30417297573763929e-05 * year}, 2.85885980666130812e-04 * sun},
};
enum { count = sizeof bodies / sizeof *bodies };
static double energy(void) {
  double e = 0;
  for (int i = 0; i < count; i++) {
    for (int d = 0; d < 3; d++) e += 0.5 * bodies[i].mass * bodies[i].v[d] * bodies[i].v[d];
    for (int j = i + 1; j < count; j++) {
      double r = 0;
      for (int d = 0; d < 3; d++) r += (bodies[i].x[d] - bodies[j].x[d]) * (bodies[i].x[d] - bodies[j].x[d]);
      e -= bodies[i].mass * bodies[j].mass / sqrt(r);
    }
  }
  return e;
}
static void advance(double dt) {
  for (int i = 0; i < count; i++) for (int j = i + 1; j < count; j++) {
    double delta[3], r = 0;
    for (int d = 0; d < 3; d++) delta[d] = bodies[i].x[d] - bodies[j].x[d], r += delta[d] * delta[d];
    double magnitude = dt / (r * sqrt(r));
    for (int d = 0; d < 3; d++) bodies[i].v[d] -= delta[d] * bodies[j].mass * magnitude, bodies[j].v[d] += delta[d] * bodies[i].mass * magnitude;
  }
  for (int i = 0; i < count; i++) for (int d = 0; d < 3; d++) bodies[i].x[d] += dt * bodies[i].v[d];
}

int main(void) {
  printf("%.9f\n", energy());
  for (int i = 0; i < 50000; i++) advance(0.01);
  printf("%.9f\n", energy());
  return 0;
}
