using System.Diagnostics;
using System.Net.Sockets;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// One thread that keeps requests in flight on a socket and only counts the bytes of the answers: the least that a client
/// can do, so that what is measured is the other side.
/// </summary>
internal static class Exchange
{
    /// <param name="requests">Whole requests, sent in turn again and again; at least as many as <paramref name="depth"/>.</param>
    public static Measurement Run(Socket socket, int depth, TimeSpan duration, byte[] requests, int requestSize, int responseSize)
    {
        var incoming = new byte[Math.Max(64 * 1024, responseSize * depth)];
        var sentAt = new Queue<long>();
        var latencies = new List<long>(1 << 20);
        var (at, inFlight, partial) = (0, 0, 0);
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration || inFlight > 0)
        {
            while (inFlight < depth && clock.Elapsed < duration)
            {
                var count = Math.Min(depth - inFlight, (requests.Length - at) / requestSize);
                for (var i = 0; i < count; i++)
                {
                    sentAt.Enqueue(Stopwatch.GetTimestamp());
                }

                socket.Send(requests.AsSpan(at, count * requestSize));
                at = (at + (count * requestSize)) % requests.Length;
                inFlight += count;
            }

            var received = inFlight == 0 ? 0 : socket.Receive(incoming);
            for (partial += received; partial >= responseSize; partial -= responseSize, inFlight--)
            {
                latencies.Add(Stopwatch.GetTimestamp() - sentAt.Dequeue());
            }
        }

        return Measurement.Of(latencies, clock.Elapsed, Environment.CpuUsage.TotalTime - cpu);
    }
}
