using System.Net;
using System.Net.Sockets;
using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// What our own host sent on one connection while it used a disk, PDU by PDU. Recorded anew in every run, so that it is
/// always what the host sends today; one command at a time, so that it is the same every time.
/// </summary>
internal sealed record RecordedTrace(IReadOnlyList<byte[]> Pdus, PduLayout Layout)
{
    /// <summary>The admin connection and the I/O connection of one use of the disk.</summary>
    public static async Task<IReadOnlyList<RecordedTrace>> RecordAsync(NvmeHostOptions options, Guid disk, bool digests, CancellationToken cancellationToken)
    {
        using var proxy = new RecordingProxy(options.EndPoint);
        await using (var host = await NvmeHost.ConnectAsync(
            options with { EndPoint = proxy.EndPoint, HeaderDigest = digests, DataDigest = digests, IoQueues = 1, KeepAliveTimeout = TimeSpan.Zero },
            TimeProvider.System, null, cancellationToken))
        {
            await UseAsync(await host.OpenAsync(disk, cancellationToken), cancellationToken);
        }

        return [.. proxy.Recorded.Select(r => new RecordedTrace(Split(r.ToArray()), new PduLayout(digests, digests, 4)))];
    }

    private static async Task UseAsync(NvmeDisk disk, CancellationToken cancellationToken)
    {
        foreach (var length in new[] { 512, 4096, 16 * 1024, 20 * 1024, 160 * 1024 })
        {
            await disk.WriteAsync(length, new byte[length], cancellationToken);
            await disk.ReadAsync(length, new byte[length], cancellationToken);
        }

        await disk.WriteZeroesAsync(4096, 64 * 1024, cancellationToken);
        await disk.DeallocateAsync(4096, 64 * 1024, cancellationToken);
        await disk.FlushAsync(cancellationToken);
    }

    private static List<byte[]> Split(byte[] bytes)
    {
        var pdus = new List<byte[]>();
        for (var at = 0; at < bytes.Length; at += pdus[^1].Length)
        {
            pdus.Add(bytes.AsSpan(at, PduHeader.Read(bytes.AsSpan(at)).Length).ToArray());
        }

        return pdus;
    }

    /// <summary>Passes bytes both ways and keeps what the host's side sent.</summary>
    private sealed class RecordingProxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public RecordingProxy(IPEndPoint target)
        {
            _listener.Start();
            _ = AcceptAsync(target);
        }

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

        public List<MemoryStream> Recorded { get; } = [];

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync(IPEndPoint target)
        {
            try
            {
                while (true)
                {
                    var near = await _listener.AcceptTcpClientAsync();
                    var far = new TcpClient();
                    await far.ConnectAsync(target);
                    var record = new MemoryStream();
                    Recorded.Add(record);
                    _ = PassAsync(near, far, record);
                    _ = PassAsync(far, near, Stream.Null);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The recording is over.
            }
        }

        private static async Task PassAsync(TcpClient from, TcpClient to, Stream record)
        {
            var buffer = new byte[65536];
            try
            {
                while (await from.GetStream().ReadAsync(buffer) is > 0 and var count)
                {
                    record.Write(buffer, 0, count);
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // One side is gone; the other learns of it now.
            }

            to.Close();
        }
    }
}
