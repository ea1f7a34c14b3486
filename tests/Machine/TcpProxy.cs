using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Migrate.Tests.Machine;

/// <summary>
/// A way between two programs, on loopback, that counts what passes and can be spoilt: cut, reset, silent, slow, or with a wrong byte. What is
/// behind it may be started again at another port.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 << 10;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Link, bool> _links = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private long _toServer;
    private long _toClient;
    private int _spoilToServer;
    private int _spoilToClient;
    private int _spoilt;
    private readonly Lock _planning = new();
    private (long At, bool ToServer, Action Work)? _planned;

    public TcpProxy(IPEndPoint upstream)
    {
        Upstream = upstream;
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Where new connections go.</summary>
    public IPEndPoint Upstream { get; set; }

    public IPEndPoint EndPoint { get; }

    /// <summary>Bytes that passed since the beginning.</summary>
    public long BytesToServer => Interlocked.Read(ref _toServer);

    /// <inheritdoc cref="BytesToServer"/>
    public long BytesToClient => Interlocked.Read(ref _toClient);

    /// <summary>Connections that are open now.</summary>
    public int Connections => _links.Count;

    /// <summary>Bytes that were made wrong so far.</summary>
    public int Spoilt => Volatile.Read(ref _spoilt);

    /// <summary>New connections are closed as soon as they come.</summary>
    public bool Refuses { get; set; }

    /// <summary>New connections are taken, but nothing ever passes on them.</summary>
    public bool FreezesAll { get; set; }

    /// <summary>In each direction of each connection; null for as fast as it goes.</summary>
    public long? BytesPerSecond { get; set; }

    /// <summary>Done once, when so many bytes have passed to the server (or the client) from now on.</summary>
    public void After(long bytes, bool toServer, Action work)
    {
        var at = bytes + (toServer ? BytesToServer : BytesToClient);
        lock (_planning)
        {
            _planned = (at, toServer, work);
        }
    }

    /// <summary>Ends every connection in order (FIN).</summary>
    public void Cut() => CloseAll(reset: false);

    /// <summary>Breaks every connection off (RST).</summary>
    public void Reset() => CloseAll(reset: true);

    /// <summary>Nothing passes any more on the connections that are open now, and nobody is told: they are half open for ever.</summary>
    public void Freeze()
    {
        foreach (var link in _links.Keys)
        {
            link.IsFrozen = true;
        }
    }

    /// <summary>A byte in the middle of each of the next large pieces towards the server gets another value.</summary>
    public void SpoilToServer(int times = 1) => Volatile.Write(ref _spoilToServer, times);

    /// <summary>The same towards the client.</summary>
    public void SpoilToClient(int times = 1) => Volatile.Write(ref _spoilToClient, times);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        CloseAll(reset: true);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (IsOver(e))
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var link = new Link(client, new TcpClient());
        try
        {
            if (Refuses)
            {
                link.Close(reset: true);
                return;
            }

            client.NoDelay = link.Server.NoDelay = true;
            await link.Server.ConnectAsync(Upstream, _stop.Token);
            link.IsFrozen = FreezesAll;
            _links[link] = true;
            var up = PumpAsync(link, toServer: true);
            var down = PumpAsync(link, toServer: false);
            await Task.WhenAny(up, down);
        }
        catch (Exception e) when (IsOver(e))
        {
            // Nobody listens there now.
        }
        finally
        {
            _links.TryRemove(link, out _);
            link.Close(reset: false);
        }
    }

    private async Task PumpAsync(Link link, bool toServer)
    {
        var (from, to) = toServer ? (link.Client, link.Server) : (link.Server, link.Client);
        var buffer = new byte[BufferBytes];
        try
        {
            var (source, sink) = (from.GetStream(), to.GetStream());
            for (int read; (read = await source.ReadAsync(buffer, _stop.Token)) > 0;)
            {
                if (link.IsFrozen)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                Spoil(buffer.AsSpan(0, read), ref toServer ? ref _spoilToServer : ref _spoilToClient);
                if (BytesPerSecond is { } rate)
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)read / rate), _stop.Token);
                }

                await sink.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                DoPlanned(Interlocked.Add(ref toServer ? ref _toServer : ref _toClient, read), toServer);
            }
        }
        catch (Exception e) when (IsOver(e))
        {
            // One end is gone: ServeAsync tells the other.
        }
    }

    private void DoPlanned(long passed, bool toServer)
    {
        Action? work = null;
        lock (_planning)
        {
            if (_planned is { } planned && planned.ToServer == toServer && passed >= planned.At)
            {
                (work, _planned) = (planned.Work, null);
            }
        }

        work?.Invoke();
    }

    /// <summary>Large pieces are nearly all data: in the middle of one there is hardly a header.</summary>
    private void Spoil(Span<byte> piece, ref int times)
    {
        if (piece.Length >= 16 << 10 && Volatile.Read(ref times) > 0 && Interlocked.Decrement(ref times) >= 0)
        {
            piece[piece.Length / 2] ^= 0x40;
            Interlocked.Increment(ref _spoilt);
        }
    }

    private void CloseAll(bool reset)
    {
        foreach (var link in _links.Keys)
        {
            link.Close(reset);
        }
    }

    private static bool IsOver(Exception e) => e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    private sealed class Link(TcpClient client, TcpClient server)
    {
        public TcpClient Client => client;

        public TcpClient Server => server;

        public volatile bool IsFrozen;

        public void Close(bool reset)
        {
            foreach (var end in (TcpClient[])[Client, Server])
            {
                if (reset && end.Client is { } socket)
                {
                    socket.LingerState = new LingerOption(true, 0);
                }

                end.Dispose();
            }
        }
    }
}
