using System.Net;
using System.Net.Sockets;
using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Transport;

/// <summary>The pipe is every connection's of a loop: what one did not take must never reach the next.</summary>
public sealed class FilePipeTests : IDisposable
{
    private const int Length = 128 * 1024;

    private readonly FilePipe _pipe = new();
    private readonly string _path = Path.GetTempFileName();

    [Fact]
    public void A_piece_that_was_not_sent_does_not_become_a_part_of_the_next()
    {
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)1, Length), .. Enumerable.Repeat((byte)2, Length)]);
        using var file = File.OpenHandle(_path);
        _pipe.TryTake(file, 0, Length).ShouldBeTrue(); // and then its connection met a defect

        _pipe.TryTake(file, Length, Length).ShouldBeTrue();

        var (host, accepted) = Connected();
        using var first = host;
        using var second = accepted;
        _pipe.Send((int)accepted.Handle).ShouldBeTrue();
        accepted.Close();
        ReceivedBy(host).ShouldBe(Enumerable.Repeat((byte)2, Length));
    }

    [Fact]
    public void A_file_that_ends_within_the_piece_leaves_nothing_behind()
    {
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)1, Length)]);
        using var file = File.OpenHandle(_path);

        _pipe.TryTake(file, Length / 2, Length).ShouldBeFalse();
        _pipe.Length.ShouldBe(0);
        _pipe.TryTake(file, 4096, 4096).ShouldBeTrue();
        _pipe.Length.ShouldBe(4096);
    }

    public void Dispose()
    {
        _pipe.Dispose();
        File.Delete(_path);
    }

    private static (Socket Host, Socket Accepted) Connected()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var host = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000, ReceiveBufferSize = 1 << 20 };
        host.Connect(listener.LocalEndpoint);
        return (host, listener.AcceptSocket());
    }

    private static byte[] ReceivedBy(Socket host)
    {
        using var all = new MemoryStream();
        var buffer = new byte[65536];
        while (host.Receive(buffer) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
