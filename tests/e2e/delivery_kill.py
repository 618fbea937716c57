#!/usr/bin/env python3
"""Every event once and in order, whoever dies: delivery_kill.py PROGRAM

5,000 events through the real store while redis-server (AOF everysec) and the sensor are each killed with SIGKILL 20
times at random moments, and every third time the server also loses the end of its log. EARSHOT_DELIVERY_EVENTS and
EARSHOT_DELIVERY_KILLS scale it, EARSHOT_DELIVERY_SEED repeats a run.
"""
import os
import random
import sys
import time

from redislab import Lab, check_stream

EVENTS = int(os.environ.get("EARSHOT_DELIVERY_EVENTS", "5000"))
KILLS = int(os.environ.get("EARSHOT_DELIVERY_KILLS", "20"))


def redis_stream():
    seed = int(os.environ.get("EARSHOT_DELIVERY_SEED", str(time.time_ns() % 1000000)))
    print(f"EARSHOT_DELIVERY_SEED={seed} events={EVENTS} kills={KILLS}+{KILLS}")
    rng = random.Random(seed)
    began = time.monotonic()
    with Lab(sys.argv[1]) as lab:
        lab.start_server()
        met = resent = 0
        for round_ in range(KILLS):
            # Each life may go a little further, so that events are made until the last kill.
            sensor = lab.sensor(upto=EVENTS * (round_ + 1) // (KILLS + 1), stay=1)
            time.sleep(rng.uniform(0.1, 0.8))
            lab.kill_server()
            time.sleep(rng.uniform(0.0, 0.1))
            if round_ % 3 == 2:
                lab.cut_aof(rng.randrange(1, 20000))
            lab.start_server()
            time.sleep(rng.uniform(0.2, 0.9))
            met += sensor.told().get("downs", 0) > 0
            resent += sensor.told().get("resent", 0)
            sensor.kill()
        end = lab.sensor(upto=EVENTS).wait_end(60)
        entries = lab.call("XRANGE", "events", "-", "+")
    check_stream(entries, EVENTS)
    assert met >= KILLS // 2, f"only {met} kills of the server were noticed: the test tests nothing"
    assert resent > 0 or KILLS < 9, "no lost end was noticed"
    assert end["impossible"] == 0, end
    print(f"delivery: {EVENTS} events once and in order, {KILLS} kills of each, {met} seen by the sensor, "
          f"{resent} sent again, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    redis_stream()
