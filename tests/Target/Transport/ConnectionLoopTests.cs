using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Transport;

/// <summary>Waking a connection from other threads: while it is idle, while it is busy, and when it is gone.</summary>
public sealed class ConnectionLoopTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpClient _client = new();
    private readonly ConnectionLoop _loop;

    public ConnectionLoopTests()
    {
        _listener.Start();
        _client.Connect((IPEndPoint)_listener.LocalEndpoint);
        _client.ReceiveTimeout = 30_000;
        _loop = new ConnectionLoop(_listener.AcceptSocket(), TimeSpan.FromMinutes(5), null, NullLogger.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wake_up_sends_from_an_idle_connection_and_does_nothing_on_one_that_is_gone()
    {
        var session = new OneByteSession(_loop);
        _loop.Start(session);
        _loop.Wake();
        _client.GetStream().ReadByte().ShouldBe(1);

        _client.Close();
        await _loop.Closed.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        var before = session.Wakes;
        for (var i = 0; i < 100; i++)
        {
            _loop.Wake(); // a write to the disposed socket would end the process
            await Task.Yield();
        }

        await Task.Delay(200, Cancel);
        session.Wakes.ShouldBe(before);
    }

    [Fact]
    public async Task Who_wakes_a_busy_connection_does_not_wait_and_no_thread_of_the_pool_does()
    {
        var session = new OneByteSession(_loop);
        _loop.Start(session);
        await _client.GetStream().WriteAsync(new byte[] { 9 }, Cancel);
        await session.Busy.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        for (var i = 0; i < 1000; i++)
        {
            _loop.Wake();
        }

        // Whatever the pool was asked to do is done when this is, as long as nothing of it waits for the connection.
        await Task.Run(() => { }, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        session.Wakes.ShouldBe(0, "the connection is still handling what it received");
        session.GoOn.Set();

        _client.GetStream().ReadByte().ShouldBe(1);
    }

    public void Dispose()
    {
        _client.Dispose();
        _loop.Abort();
        _listener.Stop();
    }

    /// <summary>Is busy with a received byte until told to go on; answers each wake-up with a byte.</summary>
    private sealed class OneByteSession(IConnection connection) : IQueuePairSession
    {
        private int _wakes;

        public TaskCompletionSource Busy { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim GoOn { get; } = new();

        public int Wakes => Volatile.Read(ref _wakes);

        public int WantedBytes => 1;

        public Span<byte> DataRoom => default;

        public bool ExpectsData => false;

        public bool CanConsume => true;

        public bool HasEnded => false;

        public bool IsEstablished => true;

        public int Consume(ReadOnlySpan<byte> received)
        {
            if (received.IsEmpty)
            {
                return 0;
            }

            Busy.TrySetResult();
            GoOn.Wait();
            return 1;
        }

        public void Woken()
        {
            Interlocked.Increment(ref _wakes);
            connection.Answers.Reserve(1)[0] = 1;
            connection.Answers.Advance(1);
        }

        public void BatchBegins()
        {
        }

        public void DataReceived(int count)
        {
        }

        public void Completed(StorageJob job)
        {
        }

        public void Closed()
        {
        }
    }
}
