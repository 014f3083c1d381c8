/* The permanence-year as an event calendar in C: the practical limit of a general method.
 *
 * Events (arrival, service end, patience end) stand in one binary heap; nothing is drawn before it
 * is needed but the visitor who arrives; every visitor is recorded. Generator: xoshiro256++
 * (Blackman & Vigna 2019) seeded by splitmix64; normals by the polar method (Marsaglia & Bray 1964).
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { ARRIVAL, SERVICE_END, PATIENCE_END };
enum { SERVED, RENEGED, TURNED_AWAY, WAITING };

typedef struct { double at; int32_t kind, who; } event;
typedef struct { double arrival, start, service; int32_t outcome; } visitor;

static uint64_t word[4];
static double spare;
static int has_spare;

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static void seed_by(uint64_t x) {
    for (int i = 0; i < 4; i++) {
        uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        word[i] = z ^ (z >> 31);
    }
    has_spare = 0;
}

static double uniform(void) { /* in (0, 1) */
    uint64_t result = rotl(word[0] + word[3], 23) + word[0], t = word[1] << 17;
    word[2] ^= word[0];
    word[3] ^= word[1];
    word[1] ^= word[2];
    word[0] ^= word[3];
    word[2] ^= t;
    word[3] = rotl(word[3], 45);
    return ((double)(result >> 11) + 0.5) * 0x1.0p-53;
}

static double exponential(double mean) { return -mean * log(uniform()); }

static double normal(void) {
    double u, v, s;
    if (has_spare) {
        has_spare = 0;
        return spare;
    }
    do {
        u = 2 * uniform() - 1;
        v = 2 * uniform() - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    s = sqrt(-2 * log(s) / s);
    spare = v * s;
    has_spare = 1;
    return u * s;
}

static event heap[1 << 16];
static int events;

static void schedule(double at, int32_t kind, int32_t who) {
    int i = events++;
    while (i && heap[(i - 1) / 2].at > at) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = (event){at, kind, who};
}

static event next_event(void) {
    event top = heap[0], last = heap[--events];
    int i = 0;
    for (int c; (c = 2 * i + 1) < events; i = c) {
        if (c + 1 < events && heap[c + 1].at < heap[c].at) c++;
        if (heap[c].at >= last.at) break;
        heap[i] = heap[c];
    }
    heap[i] = last;
    return top;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* out: served, reneged, turned away, mean wait, P90 wait (interpolated), utilisation.
 * Returns the number of visitors, or -1 when `room` visitors are too few. */
int64_t permanence_year(uint64_t seed, int64_t permanences, double minutes, int64_t agents, double arrivals,
                        double log_mean, double log_sd, double patience_mean, visitor *log, double *wait,
                        int64_t room, double *out) {
    int64_t n = 0, served = 0, count[4] = {0};
    double busy = 0, waited = 0, gap = minutes / arrivals;
    seed_by(seed);
    for (int64_t m = 0; m < permanences; m++) {
        int64_t free_agents = agents, head = n;
        events = 0;
        schedule(exponential(gap), ARRIVAL, 0);
        while (events) {
            event e = next_event();
            int64_t starts = -1;
            if (e.kind == ARRIVAL) {
                if (e.at >= minutes) continue;
                if (n == room) return -1;
                log[n] = (visitor){e.at, -1, 0, WAITING};
                if (free_agents) {
                    free_agents--;
                    starts = n;
                } else {
                    schedule(e.at + exponential(patience_mean), PATIENCE_END, (int32_t)n);
                }
                n++;
                schedule(e.at + exponential(gap), ARRIVAL, 0);
            } else if (e.kind == SERVICE_END) {
                while (head < n && log[head].outcome != WAITING) head++;
                if (head < n && e.at <= minutes) starts = head;
                else free_agents++;
            } else if (log[e.who].outcome == WAITING && e.at < minutes) {
                log[e.who].outcome = RENEGED;
            }
            if (starts >= 0) {
                visitor *v = &log[starts];
                v->outcome = SERVED;
                v->start = e.at;
                v->service = exp(log_mean + log_sd * normal());
                schedule(e.at + v->service, SERVICE_END, (int32_t)starts);
            }
        }
        for (; head < n; head++)
            if (log[head].outcome == WAITING) log[head].outcome = TURNED_AWAY;
    }
    for (int64_t i = 0; i < n; i++) {
        count[log[i].outcome]++;
        if (log[i].outcome == SERVED) {
            wait[served] = log[i].start - log[i].arrival;
            waited += wait[served++];
            busy += log[i].service;
        }
    }
    qsort(wait, (size_t)served, sizeof *wait, ascending);
    double at = 0.9 * (double)(served - 1);
    int64_t low = (int64_t)at;
    for (int k = 0; k < 3; k++) out[k] = (double)count[k];
    out[3] = waited / (double)served;
    out[4] = wait[low] + (at - (double)low) * (wait[low + 1] - wait[low]);
    out[5] = busy / ((double)permanences * (double)agents * minutes);
    return n;
}
