using System.Net;
using System.Net.Sockets;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// The bare exchange behind a read (72 bytes out, 24 + 4096 back) or a write (72 + 4096 out, 24 back) over a plain socket,
/// with as many in flight: what this machine's loopback gives to two threads that do nothing else.
/// </summary>
internal sealed class LoopbackPeer : IDisposable
{
    private readonly TcpListener _listener;

    public LoopbackPeer(IPAddress address)
    {
        _listener = new TcpListener(address, 0);
        _listener.Start();
    }

    public Measurement Run(int depth, bool writes, TimeSpan duration)
    {
        var request = RawQueue.RequestSize(writes);
        var response = RawQueue.ResponseSize(writes);
        using var client = new TcpClient { NoDelay = true };
        client.Connect((IPEndPoint)_listener.LocalEndpoint);
        var accepted = _listener.AcceptSocket();
        var server = new Thread(() => Serve(accepted, request, response, depth)) { IsBackground = true };
        server.Start();
        var measured = Exchange.Run(client.Client, depth, duration, new byte[request * depth], request, response);
        client.Client.Shutdown(SocketShutdown.Send);
        server.Join();
        return measured;
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
