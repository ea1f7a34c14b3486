using System.Net;
using System.Net.Sockets;

namespace Migrate.Target.Tests.Host;

/// <summary>Passes bytes between a host and a target, and cuts each connection after a random number of them, in the middle of whatever that is.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private readonly long _mostBytes;
    private int _cuts;

    /// <param name="target">Where to.</param>
    /// <param name="seed">Of the places of the cuts.</param>
    /// <param name="mostBytes">A connection lives for up to so many bytes from the host.</param>
    public CuttingProxy(IPEndPoint target, int seed, long mostBytes)
    {
        _random = new Random(seed);
        _mostBytes = mostBytes;
        _listener.Start();
        _ = AcceptAsync(target);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>False: connections live from now on.</summary>
    public bool IsCutting { get; set; } = true;

    /// <summary>May change what the target answers, as it passes.</summary>
    public Action<Memory<byte>> Answered { get; set; } = _ => { };

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync(IPEndPoint target)
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_stop.Token);
                var far = new TcpClient { NoDelay = true };
                near.NoDelay = true;
                try
                {
                    await far.ConnectAsync(target, _stop.Token);
                }
                catch (SocketException)
                {
                    near.Close();
                    continue;
                }

                long life;
                lock (_random)
                {
                    life = _random.NextInt64(_mostBytes);
                }

                _ = PassAsync(near, far, life, _ => { });
                _ = PassAsync(far, near, long.MaxValue, bytes => Answered(bytes));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, long life, Action<Memory<byte>> seen)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                var part = IsCutting ? (int)Math.Min(count, life) : count;
                seen(buffer.AsMemory(0, part));
                await to.GetStream().WriteAsync(buffer.AsMemory(0, part), _stop.Token);
                life -= part;
                if (part < count)
                {
                    Interlocked.Increment(ref _cuts);
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One side is gone.
        }

        from.Close();
        to.Close();
    }
}
