using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// The bare exchange behind a read (72 bytes out, 24 + 4096 + 24 back) or a write (72 + 4096 out, 24 back) over a plain
/// socket, with as many in flight: what this machine's loopback gives to two threads that do nothing else.
/// </summary>
internal sealed class LoopbackPeer : IDisposable
{
    private const int Command = 72;
    private const int Header = 24;
    private const int Data = 4096;

    private readonly TcpListener _listener;

    public LoopbackPeer(IPAddress address)
    {
        _listener = new TcpListener(address, 0);
        _listener.Start();
    }

    public Measurement Run(int depth, bool writes, TimeSpan duration)
    {
        var request = writes ? Command + Data : Command;
        var response = writes ? Header : Header + Data + Header;
        using var client = new TcpClient { NoDelay = true };
        client.Connect((IPEndPoint)_listener.LocalEndpoint);
        var accepted = _listener.AcceptSocket();
        var server = new Thread(() => Serve(accepted, request, response, depth)) { IsBackground = true };
        server.Start();

        var outgoing = new byte[request * depth];
        var incoming = new byte[response * depth];
        var sentAt = new Queue<long>();
        var latencies = new List<long>(1 << 20);
        var (inFlight, partial) = (0, 0);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration)
        {
            var wanted = depth - inFlight;
            for (var i = 0; i < wanted; i++)
            {
                sentAt.Enqueue(Stopwatch.GetTimestamp());
            }

            client.Client.Send(outgoing.AsSpan(0, request * wanted));
            inFlight = depth;
            partial += client.Client.Receive(incoming);
            for (; partial >= response; partial -= response, inFlight--)
            {
                latencies.Add(Stopwatch.GetTimestamp() - sentAt.Dequeue());
            }
        }

        var elapsed = clock.Elapsed;
        client.Client.Shutdown(SocketShutdown.Send);
        while (client.Client.Receive(incoming) > 0)
        {
        }

        server.Join();
        latencies.Sort();
        double Us(double ticks) => ticks * 1e6 / Stopwatch.Frequency;
        return new Measurement(latencies.Count / elapsed.TotalSeconds, Us(latencies.Average()), Us(latencies[(int)(latencies.Count * 0.99)]));
    }

    public void Dispose() => _listener.Stop();

    private static void Serve(Socket socket, int request, int response, int depth)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var incoming = new byte[request * depth];
            var outgoing = new byte[response * depth];
            var partial = 0;
            while (socket.Receive(incoming) is > 0 and var count)
            {
                partial += count;
                var answers = partial / request;
                partial -= answers * request;
                if (answers > 0)
                {
                    socket.Send(outgoing.AsSpan(0, answers * response));
                }
            }
        }
    }
}
