using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

/// <summary>Accepts connections on one port and hands them to the engine.</summary>
internal sealed partial class PortListener : IAsyncDisposable
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly Func<IConnection, IQueuePairSession> _newSession;
    private readonly IConnectionEngine _engine;
    private readonly ConnectionLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<IEngineConnection, bool> _connections = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    /// <summary>Binds and listens.</summary>
    /// <exception cref="SocketException">The address or the port cannot be had.</exception>
    public PortListener(
        IPEndPoint endPoint, IConnectionEngine engine, Func<IConnection, IQueuePairSession> newSession, ConnectionLimits limits, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _newSession = newSession;
        _limits = limits;
        _time = time;
        _logger = logger;
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(endPoint);
            _listener.Listen(512);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        foreach (var connection in _connections.Keys)
        {
            connection.Abort();
        }

        await Task.WhenAll(_connections.Keys.Select(c => c.Closed));
        _stopping.Dispose();
    }

    // Errors come in two kinds: a client that went away is its own affair; a lack of descriptors or memory passes, so wait.
    // Whatever else it is, the port must not go deaf.
    private async Task AcceptAsync()
    {
        var backOff = TimeSpan.FromMilliseconds(50);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Begin(await _listener.AcceptAsync(_stopping.Token));
                backOff = TimeSpan.FromMilliseconds(50);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NotConnected)
            {
                LogClientLeft(e.SocketErrorCode);
            }
            catch (Exception e)
            {
                LogAcceptFailed(e, backOff);
                await Task.Delay(backOff, _time, CancellationToken.None);
                backOff = TimeSpan.FromTicks(Math.Min(backOff.Ticks * 2, LongestBackOff.Ticks));
            }
        }
    }

    private void Begin(Socket socket)
    {
        if (_connections.Count >= _limits.MostConnections)
        {
            LogTooMany(socket.RemoteEndPoint, _limits.MostConnections);
            socket.Dispose();
            return;
        }

        try
        {
            var connection = _engine.Begin(socket, _newSession, _limits.HandshakeTimeout);
            _connections[connection] = true;
            connection.Closed.ContinueWith(_ => _connections.TryRemove(connection, out var _), TaskScheduler.Default);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
