using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

/// <summary>
/// The event loops of a target, which all its ports share: one thread each, by choice bound to a core. A new connection goes to
/// the loop that has the fewest.
/// </summary>
internal sealed class EventEngine : IConnectionEngine
{
    private const int MostWorkers = 8;

    private readonly EventLoop[] _loops;
    private readonly StorageWorkers _workers;
    private readonly ILogger _logger;

    /// <param name="cores">One loop per entry, bound to that core; a negative entry is not bound.</param>
    /// <param name="poll">How long a loop polls after there was work.</param>
    /// <param name="useRing">True when io_uring may be used.</param>
    /// <param name="logger">For defects.</param>
    public EventEngine(IReadOnlyList<int> cores, TimeSpan poll, bool useRing, ILogger logger)
    {
        _logger = logger;
        _workers = new StorageWorkers(MostWorkers, logger);
        _loops = [.. cores.Select((core, number) => new EventLoop(number, core, poll, _workers, useRing, logger))];
    }

    public IEngineConnection Begin(Socket socket, Func<IConnection, IQueuePairSession> newSession, TimeSpan handshakeTimeout)
    {
        var loop = _loops.MinBy(l => l.Load)!;
        var connection = new EventConnection(socket, loop, handshakeTimeout, _logger);
        connection.Use(newSession(connection));
        loop.Add(connection);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_loops.Select(l => l.StopAsync()));
        _workers.Dispose();
        foreach (var loop in _loops)
        {
            loop.Dispose();
        }
    }
}
