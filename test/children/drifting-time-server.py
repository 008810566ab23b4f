"""An NTP server whose time runs by the raw clock, faster by a drift and ahead by an offset: nobody's slewing moves it.

Beside it the error of this machine's clock against that time is printed every second, in seconds.
"""
import socket, struct, sys, threading, time

RAW = time.CLOCK_MONOTONIC_RAW
offset, drift = float(sys.argv[2]), float(sys.argv[3])
raw0, wall0 = time.clock_gettime(RAW), time.time()

def now():
    raw = time.clock_gettime(RAW) - raw0
    return wall0 + offset + raw * (1 + drift)

def stamp(seconds):
    return struct.pack('>II', int(seconds + 2208988800) & 0xffffffff, int(seconds % 1 * 2**32))

def error():
    # Both clocks cannot be read at once: the reading counts that was held up least.
    readings = []
    for _ in range(9):
        before, here, after = now(), time.time(), now()
        readings.append((after - before, here - (before + after) / 2))
    return min(readings)[1]

def tell():
    while True:
        print('error', error(), flush=True)
        time.sleep(1)

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
threading.Thread(target=tell, daemon=True).start()
while True:
    question, address = server.recvfrom(200)
    arrival = now()
    head = bytes([0x24, 2, 1, 0xec]) + struct.pack('>II', 10, 20) + bytes([192, 0, 2, 9])
    server.sendto(head + stamp(arrival - 1) + question[40:48] + stamp(arrival) + stamp(now()), address)
