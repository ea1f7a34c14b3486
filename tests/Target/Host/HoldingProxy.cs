using System.Net;
using System.Net.Sockets;

namespace Migrate.Target.Tests.Host;

/// <summary>
/// Keeps what the first connections carry from a certain moment on, even when their host has gone, and hands it to the target later:
/// a network that delays. Connections made after that moment pass.
/// </summary>
internal sealed class HoldingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _isHolding;

    public HoldingProxy(IPEndPoint target)
    {
        _listener.Start();
        _ = AcceptAsync(target);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Done when the host has connected after <see cref="Hold"/>.</summary>
    public TaskCompletionSource Reconnected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Hold() => _isHolding = true;

    public void Release() => _released.TrySetResult();

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
                var isNew = _isHolding;
                var far = new TcpClient();
                await far.ConnectAsync(target, _stop.Token);
                _ = PassAsync(near, far, mayHold: !isNew);
                _ = PassAsync(far, near, mayHold: false);
                if (isNew)
                {
                    Reconnected.TrySetResult();
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool mayHold)
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var count = await ReadAsync(from, buffer);
                if (mayHold && _isHolding)
                {
                    await _released.Task.WaitAsync(_stop.Token); // also the end of the connection is held back
                }

                if (count == 0)
                {
                    break;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One side is gone.
        }

        to.Close();
        if (!mayHold)
        {
            from.Close();
        }
    }

    private async Task<int> ReadAsync(TcpClient from, byte[] buffer)
    {
        try
        {
            return await from.GetStream().ReadAsync(buffer, _stop.Token);
        }
        catch (IOException)
        {
            return 0; // reset
        }
    }
}
