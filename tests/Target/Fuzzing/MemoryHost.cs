using System.Net;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// A host and the engine's side of its connection in one, without a socket: feeds bytes to a session as the engine would, PDU
/// by PDU, and holds every step against <see cref="HostJudge"/> and <see cref="TargetJudge"/>.
/// </summary>
internal sealed class MemoryHost : IConnection
{
    /// <summary>As an engine's receive buffer: a session that wants more than this at once would never get it.</summary>
    private const int ReceiveCapacity = 768 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IQueuePairSession _session;
    private readonly HostJudge _host;
    private readonly TargetJudge _target;
    private readonly FuzzBuffers _buffers;
    private readonly Random _random;
    private int _isWakeWanted;
    private volatile bool _isAborted;
    private byte[] _dataHeader = [];
    private int _dataLeft;

    public MemoryHost(Func<IConnection, IQueuePairSession> newSession, int inCapsuleBytes, FuzzBuffers buffers, Random random, Action<ReadOnlyMemory<byte>>? dataSeen = null)
    {
        _buffers = buffers;
        buffers.Begin();
        _random = random;
        State = new WireState(inCapsuleBytes);
        _host = new HostJudge(State);
        _target = new TargetJudge(State) { DataSeen = dataSeen };
        _session = newSession(this);
    }

    public WireState State { get; }

    public SendBuffer Answers => _buffers.Answers;

    public IStorageQueue Storage => _buffers.Storage;

    public IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 4420);

    public IPEndPoint RemoteEndPoint { get; } = new(IPAddress.Loopback, 1);

    public bool HasEnded => _isAborted || _session.HasEnded;

    /// <summary>In the middle of a PDU's data.</summary>
    public bool IsReceivingData => _dataLeft > 0;

    /// <summary>PDUs that the session took or refused.</summary>
    public int Judged { get; private set; }

    /// <summary>Of those, how many ended the connection with a termination request: 0 or 1.</summary>
    public int Terminated => _target.Termination is null ? 0 : 1;

    public void Abort() => _isAborted = true;

    public void Wake() => Volatile.Write(ref _isWakeWanted, 1);

    /// <summary>Hands the bytes over; false when the connection has ended, rightly.</summary>
    /// <exception cref="FormatException">The target did what it must not.</exception>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        _buffers.Receive(bytes);
        _session.BatchBegins();
        while (!_isAborted && Step())
        {
        }

        return !HasEnded;
    }

    /// <summary>No command stays without an answer that need not.</summary>
    public void Settle()
    {
        Wait(() => HasEnded || State.Pending <= State.MayStayPending, () => $"{State.Pending} commands have no answer, {State.MayStayPending} may wait");
    }

    /// <summary>The connection goes; jobs that the storage has come back after that. Nothing of it must be held then.</summary>
    public void Close()
    {
        var most = _random.Next(4);
        _buffers.Storage.CompleteSome(most, _random);
        _session.Closed();
        _buffers.Storage.CompleteSome(int.MaxValue, _random);
        Must(_buffers.Storage.Buffers.RentedBytes == 0, $"{_buffers.Storage.Buffers.RentedBytes} bytes of buffers were not given back");
    }

    // One PDU: what the specification says of it, what the session does with it, whether the two agree.
    private bool Step()
    {
        if (!_session.CanConsume)
        {
            _buffers.Storage.CompleteSome(1, _random);
            TakeAnswers();
            return _session.CanConsume || _buffers.Storage.Waiting > 0;
        }

        var unread = _buffers.Unread;
        if (_dataLeft > 0)
        {
            return Continue(unread);
        }

        var verdict = _host.Judge(unread);
        if (verdict == Verdict.Incomplete && (_host.Faults.Count == 0 || !_session.HasEnded))
        {
            var nothing = _session.Consume(unread);
            if (_session.HasEnded && _host.Faults.Count > 0)
            {
                TakeAnswers();
                JudgeEnd(unread);
                return false;
            }

            Must(nothing == 0 && !_session.HasEnded, "a PDU that is not complete and not wrong was taken or refused");
            Must(_session.WantedBytes is >= PduHeader.Size and <= ReceiveCapacity, $"the session wants {_session.WantedBytes} bytes at once");
            return false;
        }

        var taken = _session.Consume(unread);
        Judged++;
        if (verdict == Verdict.Wrong || (verdict == Verdict.Doubtful && _session.HasEnded))
        {
            TakeAnswers();
            JudgeEnd(unread);
            return false;
        }

        // Data is taken apart from its header, in as many parts as it comes.
        Must(unread[0] == (byte)PduType.H2CData ? taken > 0 && taken < _host.Length : taken == _host.Length || _session.HasEnded,
            $"of a PDU of {_host.Length} bytes {taken} were taken, termination {_target.Termination}");
        _buffers.Consume(taken);
        if (taken < _host.Length && !_session.HasEnded)
        {
            _dataLeft = _host.Length - taken;
            _dataHeader = unread[..H2CData.HeaderSize].ToArray();
            return true;
        }

        _host.Take(unread[.._host.Length]); // before its answers are judged
        Answer();
        var mayEnd = _isAborted || verdict == Verdict.Ends || IsDisconnect(unread);
        Must(!_session.HasEnded || mayEnd, $"the connection ended for no reason, termination {_target.Termination}");
        Must(verdict != Verdict.Ends || (_session.HasEnded && _target.Termination is null), "a termination request was not obeyed");
        return !_session.HasEnded;
    }

    // Data of an H2CData PDU: by the session's copy, or right into its room as an engine may do.
    private bool Continue(ReadOnlySpan<byte> unread)
    {
        var room = _session.DataRoom;
        var taken = Math.Min(room.Length, unread.Length);
        if (taken > 0 && _random.Next(2) == 0)
        {
            unread[..taken].CopyTo(room);
            _session.DataReceived(taken);
        }
        else
        {
            taken = _session.Consume(unread);
        }

        Must(!_session.HasEnded, $"the connection ended in the middle of data, termination {_target.Termination}");
        Must(taken <= _dataLeft && (taken > 0 || unread.Length < Math.Min(_dataLeft, PduLayout.DigestSize)), $"{taken} of {_dataLeft} bytes of data were taken, {unread.Length} were there");
        _buffers.Consume(taken);
        _dataLeft -= taken;
        if (_dataLeft == 0)
        {
            _host.Take(_dataHeader);
            Answer();
        }

        return taken > 0;
    }

    private void Answer()
    {
        _buffers.Storage.CompleteSome(_buffers.Storage.IsPrompt ? int.MaxValue : _random.Next(3), _random);
        TakeAnswers();
    }

    private void JudgeEnd(ReadOnlySpan<byte> unread)
    {
        var faults = string.Join(" or ", _host.Faults);
        Must(_session.HasEnded && _target.Termination is not null, $"a PDU with {faults} did not end the connection");
        var request = _target.Termination!.Value;
        Must(_host.Faults.Any(f => f.Status == request.Status && (f.Information ?? request.Information) == request.Information), $"{request} where {faults} was due");
        var offending = _target.Offending.AsSpan();
        Must(offending.Length >= PduHeader.Size && unread.StartsWith(offending), "the termination request does not hold the wrong PDU's header");
    }

    private void TakeAnswers()
    {
        if (Interlocked.Exchange(ref _isWakeWanted, 0) != 0 && !_session.HasEnded && _session.IsEstablished)
        {
            _session.Woken();
        }

        Answers.Flush();
        _buffers.TakeAnswers(_target);
    }

    private void Wait(Func<bool> isDone, Func<string> what)
    {
        TakeAnswers();
        for (var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds; !isDone();)
        {
            Must(Environment.TickCount64 < until, what());
            Thread.Yield();
            _buffers.Storage.CompleteSome(1, _random);
            TakeAnswers();
        }
    }

    private static bool IsDisconnect(ReadOnlySpan<byte> pdu) =>
        pdu[0] == (byte)PduType.CapsuleCmd && pdu[8] == Fabrics.Opcode && pdu[12] == Fabrics.Disconnect;

    private static void Must(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new FormatException(what);
        }
    }
}
