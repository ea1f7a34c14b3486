using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Transport;

/// <summary>One event loop with connections whose host or session does what it should not, or goes when it should not.</summary>
public sealed class EventLoopTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly StorageWorkers _workers = new(2, NullLogger.Instance);
    private readonly List<IDisposable> _hosts = [];
    private EventLoop? _loop;

    public EventLoopTests() => _listener.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_begins_to_listen_late_gets_everything_although_the_loop_never_sleeps()
    {
        const int bytes = 32 << 20;
        var (host, _, _) = await BeginAsync(
            s => s.OnByte = c =>
            {
                for (var sent = 0; sent < bytes; sent += 65536)
                {
                    c.Answers.Append(new byte[65536]);
                }
            },
            poll: TimeSpan.FromHours(1));

        await host.SendAsync(new byte[1], Cancel);
        await Task.Delay(200, Cancel);
        var received = 0;
        var buffer = new byte[1 << 20];
        while (received < bytes)
        {
            var count = await host.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel);
            count.ShouldBeGreaterThan(0);
            received += count;
        }
    }

    [Fact]
    public async Task A_host_that_goes_while_the_storage_holds_up_its_connection_is_noticed()
    {
        var (host, connection, session) = await BeginAsync(s => s.CanConsume = false);
        await host.SendAsync(new byte[1], Cancel);
        await session.AskedForRoom.Task.WaitAsync(Patience, Cancel);

        host.LingerState = new LingerOption(true, 0);
        host.Close();

        await connection.Closed.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task What_the_storage_gives_back_behind_the_last_answer_does_not_cut_the_farewell_short()
    {
        using var held = new ManualResetEventSlim();
        var seen = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (host, connection, session) = await BeginAsync(s =>
        {
            s.OnByte = c =>
            {
                c.Storage.Execute(new Job(s, held.Wait));
                c.Answers.Append([7]);
                s.HasEnded = true;
            };
            var isFirst = true;
            s.OnCompleted = c =>
            {
                if (isFirst)
                {
                    isFirst = false;
                    c.Answers.Append([8]); // of a connection that sends no more
                    c.Storage.Execute(new Job(s, () => { }));
                }
                else
                {
                    seen.SetResult(c.HasEnded);
                }
            };
        });
        await host.SendAsync(new byte[1], Cancel);
        var answer = new byte[16];
        (await host.ReceiveAsync(answer, Cancel)).ShouldBe(1);
        (await host.ReceiveAsync(answer, Cancel)).ShouldBe(0, "the target sends no more");
        held.Set();

        (await seen.Task.WaitAsync(Patience, Cancel)).ShouldBeFalse("the connection still takes what the host sends, so that TCP does not reset it");
        host.Close();
        await connection.Closed.WaitAsync(Patience, Cancel);
        session.ClosedCalls.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_is_not_closed_in_the_middle_of_what_it_does()
    {
        using var isReset = new ManualResetEventSlim();
        var closedInside = -1;
        var (host, connection, session) = await BeginAsync(s => s.OnByte = c =>
        {
            isReset.Wait();
            while (!c.HasEnded)
            {
                c.Answers.Append(new byte[65536]);
            }

            closedInside = s.ClosedCalls;
        });
        await host.SendAsync(new byte[1], Cancel);
        host.LingerState = new LingerOption(true, 0);
        host.Close();
        isReset.Set();

        await connection.Closed.WaitAsync(Patience, Cancel);
        closedInside.ShouldBe(0);
        session.ClosedCalls.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_cannot_be_watched_and_a_session_with_a_defect_harm_nobody_else()
    {
        var (good, _, _) = await BeginAsync(s => s.OnByte = c => c.Answers.Append([1]));
        var (host, broken, session) = await BeginAsync(s => s.OnClosed = () => throw new InvalidOperationException("a defect"));
        host.Close();
        await broken.Closed.WaitAsync(Patience, Cancel);
        session.ClosedCalls.ShouldBe(1);
        var (_, unwatched, _) = await BeginAsync(_ => { }, beforeAdd: s => s.Dispose());
        await unwatched.Closed.WaitAsync(Patience, Cancel);

        await good.SendAsync(new byte[1], Cancel);
        (await good.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel)).ShouldBe(1);
        _loop!.Load.ShouldBe(1);
    }

    public async ValueTask DisposeAsync()
    {
        _hosts.ForEach(h => h.Dispose());
        if (_loop is not null)
        {
            await _loop.StopAsync().WaitAsync(Patience, Cancel);
            _workers.Dispose();
            _loop.Dispose();
        }

        _listener.Stop();
    }

    private async Task<(Socket Host, EventConnection Connection, FakeSession Session)> BeginAsync(
        Action<FakeSession> prepare, TimeSpan poll = default, Action<Socket>? beforeAdd = null)
    {
        _loop ??= new EventLoop(0, -1, poll, _workers, useRing: true, NullLogger.Instance);
        var host = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _hosts.Add(host);
        await host.ConnectAsync(_listener.LocalEndpoint, Cancel);
        var accepted = await _listener.AcceptSocketAsync(Cancel);
        var connection = new EventConnection(accepted, _loop, TimeSpan.FromMinutes(5), NullLogger.Instance);
        var session = new FakeSession(connection);
        prepare(session);
        connection.Use(session);
        beforeAdd?.Invoke(accepted);
        _loop.Add(connection);
        return (host, connection, session);
    }

    private sealed class Job(IQueuePairSession session, Action work) : StorageJob(session)
    {
        public override Task? Execute()
        {
            work();
            return null;
        }
    }

    private sealed class FakeSession(EventConnection connection) : IQueuePairSession
    {
        private bool _canConsume = true;

        public Action<EventConnection> OnByte { get; set; } = _ => { };

        public Action<EventConnection> OnCompleted { get; set; } = _ => { };

        public Action OnClosed { get; set; } = () => { };

        public TaskCompletionSource AskedForRoom { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int ClosedCalls { get; private set; }

        public int WantedBytes => 1;

        public Span<byte> DataRoom => default;

        public bool ExpectsData => false;

        public bool CanConsume
        {
            get
            {
                AskedForRoom.TrySetResult();
                return _canConsume;
            }
            set => _canConsume = value;
        }

        public bool HasEnded { get; set; }

        public bool IsEstablished => true;

        public int Consume(ReadOnlySpan<byte> received)
        {
            if (received.IsEmpty)
            {
                return 0;
            }

            OnByte(connection);
            return 1;
        }

        public void Woken()
        {
        }

        public void BatchBegins()
        {
        }

        public void DataReceived(int count)
        {
        }

        public void Completed(StorageJob job) => OnCompleted(connection);

        public void Closed()
        {
            ClosedCalls++;
            OnClosed();
        }
    }
}
