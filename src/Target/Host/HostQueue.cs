using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Host;

/// <summary>
/// One queue pair of a host: command slots, a sender that whoever submits becomes when there is none, and a thread that
/// receives (<c>.Receive</c>). When the connection ends, every command in flight fails after both have let go of its buffers.
/// </summary>
internal sealed partial class HostQueue
{
    private const int BufferSize = 768 * 1024;

    private readonly HostSocket _socket;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HostCommand[] _commands;
    private readonly Channel<HostCommand> _free = Channel.CreateUnbounded<HostCommand>();
    private readonly SendBuffer _outgoing;
    private readonly object _sendGate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<SendItem> _pending = [];
    private List<SendItem> _taken = [];
    private bool _isSending;
    private bool _isClosed;
    private volatile NvmeException? _failure;
    private volatile bool _isWanted = true;

    /// <summary>A capsule, or the data that an R2T asked for.</summary>
    private readonly record struct SendItem(HostCommand Command, R2T? Request);

    public HostQueue(HostSocket socket, ushort id, int depth, TimeProvider time, ILogger logger)
    {
        _socket = socket;
        _time = time;
        _logger = logger;
        Id = id;
        _outgoing = new SendBuffer(BufferSize, SendAll);
        _commands = new HostCommand[depth];
        for (var i = 0; i < depth; i++)
        {
            _commands[i] = new HostCommand((ushort)i);
            _free.Writer.TryWrite(_commands[i]);
        }

        new Thread(ReceiveLoop) { IsBackground = true, Name = $"nvme host queue {id}" }.Start();
    }

    public ushort Id { get; }

    /// <summary>Digests and alignment of what the target sends.</summary>
    public PduLayout Layout => _socket.In;

    public bool IsAlive => !_isClosed && _failure is null;

    /// <summary>Done when the connection is gone and every command has its outcome.</summary>
    public Task Ended => _ended.Task;

    /// <summary>
    /// A free slot; waits while all are in use. Cancellation has an effect only here, where nothing was sent yet, and on how long an answer is
    /// waited for.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HostCommand> RentAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var command = _free.Reader.TryRead(out var free) ? free : await _free.Reader.ReadAsync(cancellationToken);
            command.Wanted = cancellationToken;
            return command;
        }
        catch (ChannelClosedException)
        {
            throw Lost(name);
        }
    }

    /// <summary>Sends a filled command, awaits its completion and gives the slot back.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CompletionEntry> ExecuteAsync(HostCommand command)
    {
        try
        {
            command.MarkSubmitted(_time.GetTimestamp());
            Submit(new SendItem(command, null), isReceiver: false);
            var completion = await command.Completion;
            return completion.Status == NvmeStatus.Success ? completion : throw Failed(command.Name, completion.Status);
        }
        finally
        {
            command.Reset();
            _free.Writer.TryWrite(command);
        }
    }

    /// <summary>What TCP knows of this queue's connection.</summary>
    /// <exception cref="NvmeException">The connection is gone.</exception>
    public Probe.NetworkPath DescribePath()
    {
        try
        {
            return Probe.NetworkPath.Of(_socket.Socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Lost("TCP_INFO");
        }
    }

    /// <summary>What TCP did with this queue's connection so far; nothing of one that is gone, or from a kernel that does not count it.</summary>
    public LinkTimes LinkTimes()
    {
        try
        {
            var info = new byte[Host.LinkTimes.HeldAt + sizeof(long)];
            var length = _socket.Socket.GetRawSocketOption(6, 11, info); // IPPROTO_TCP, TCP_INFO
            return length < info.Length
                ? default
                : new LinkTimes(1, TimeSpan.FromMicroseconds(BitConverter.ToInt64(info, Host.LinkTimes.BusyAt)), TimeSpan.FromMicroseconds(BitConverter.ToInt64(info, Host.LinkTimes.HeldAt)));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return default;
        }
    }

    /// <summary>Ends the queue because its owner wants it ended: nothing is lost, so nothing is reported.</summary>
    public void Close()
    {
        _isWanted = false;
        Abort("this host was closed");
    }

    /// <summary>Ends the connection; the receiving thread then fails what is in flight.</summary>
    public void Abort(string why, Exception? cause = null)
    {
        if (_failure is null)
        {
            Interlocked.CompareExchange(ref _failure, new NvmeException("Connection", why, cause), null);
        }

        try
        {
            _socket.Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already down, which is what was wanted.
        }
    }

    /// <summary>Ends the connection when a command waits too long: the only way to end a command that was sent, and to have its buffer back.</summary>
    /// <param name="timeout">For an answer.</param>
    /// <param name="unwanted">For an answer that nobody wants any more.</param>
    public void CheckTimeout(TimeSpan timeout, TimeSpan unwanted)
    {
        foreach (var command in _commands)
        {
            if (!command.IsInFlight)
            {
                continue;
            }

            if (_time.GetElapsedTime(command.SubmittedAt) > timeout)
            {
                LogTimedOut(command.Name, Id, timeout);
                Abort($"{command.Name} was not answered within {timeout}");
                return;
            }

            if (IsUnwantedFor(command, unwanted))
            {
                Abort($"{command.Name} was given up and not answered within {unwanted} after that");
                return;
            }
        }
    }

    private bool IsUnwantedFor(HostCommand command, TimeSpan limit)
    {
        if (!command.Wanted.IsCancellationRequested)
        {
            return false;
        }

        if (command.UnwantedSince == 0)
        {
            command.UnwantedSince = _time.GetTimestamp();
        }

        return _time.GetElapsedTime(command.UnwantedSince) >= limit;
    }

    private void Submit(in SendItem item, bool isReceiver)
    {
        lock (_sendGate)
        {
            if (_isClosed)
            {
                item.Command.Fail(Lost(item.Command.Name));
                return;
            }

            item.Command.SendBegins();
            _pending.Add(item);
            if (_isSending)
            {
                return;
            }

            if (_gathered is { } gathered)
            {
                if (!gathered.Contains(this))
                {
                    gathered.Add(this);
                }

                return;
            }

            _isSending = true;
        }

        if (isReceiver)
        {
            // A receiver that blocks in a send stops receiving; if the target does the same, neither ever goes on.
            ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.SendPending(), this, preferLocal: false);
        }
        else
        {
            SendPending();
        }
    }

    private void SendPending()
    {
        while (TakePending())
        {
            try
            {
                foreach (var item in _taken)
                {
                    Put(item);
                }

                _outgoing.Flush();
            }
            catch (Exception e)
            {
                // A buffer that its owner has disposed of, say. What was promised to the target cannot be sent any more; who
                // submitted learns of it as everybody does, by the end of the connection.
                Abort($"sending failed: {e.Message}", e);
            }

            _taken.Clear();
        }
    }

    private bool TakePending()
    {
        lock (_sendGate)
        {
            _isSending = _pending.Count != 0;
            if (_isSending)
            {
                (_pending, _taken) = (_taken, _pending);
            }
            else
            {
                Monitor.PulseAll(_sendGate);
            }

            return _isSending;
        }
    }

    private void Put(in SendItem item)
    {
        if (item.Request is { } request)
        {
            PutData(item.Command, request);
        }
        else
        {
            PutCapsule(item.Command);
        }

        // Only now, with its last bytes about to leave, may the answer come.
        item.Command.SendEnds();
    }

    private void PutCapsule(HostCommand command)
    {
        var layout = _socket.Out;
        var data = command.IsInCapsule ? command.WriteFrom.Span : default;
        var length = layout.Length(CapsuleCmd.HeaderSize, data.Length);
        var pdu = _outgoing.Reserve(length);
        CapsuleCmd.WriteHeader(pdu, layout, command.Entry, data.Length);
        if (!data.IsEmpty)
        {
            data.CopyTo(pdu[layout.DataOffset(CapsuleCmd.HeaderSize)..]);
            layout.SealData(pdu, CapsuleCmd.HeaderSize, data.Length);
        }

        _outgoing.Advance(length);
    }

    private void PutData(HostCommand command, in R2T request)
    {
        var layout = _socket.Out;
        for (uint done = 0; done < request.DataLength;)
        {
            var part = (int)Math.Min(request.DataLength - done, (uint)_socket.MaxH2CData);
            var length = layout.Length(H2CData.HeaderSize, part);
            var pdu = _outgoing.Reserve(length);
            var isLast = done + part == request.DataLength;
            new H2CData(command.Id, request.TransferTag, request.Offset + done, (uint)part).WriteHeader(pdu, layout, isLast);
            command.WriteFrom.Span.Slice((int)(request.Offset + done), part).CopyTo(pdu[layout.DataOffset(H2CData.HeaderSize)..]);
            layout.SealData(pdu, H2CData.HeaderSize, part);
            _outgoing.Advance(length);
            done += (uint)part;
        }
    }

    private void SendAll(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        SendAll(first);
        SendAll(second);
    }

    private void SendAll(ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty && _failure is null)
        {
            var sent = _socket.Send(rest, out var error);
            if (error != SocketError.Success)
            {
                Abort($"sending failed: {error}");
                return;
            }

            rest = rest[sent..];
        }
    }

    private NvmeException Lost(string command)
    {
        var failure = _failure;
        return new NvmeException(command, failure?.Meaning ?? "the connection is closed", failure);
    }

    private static NvmeException Failed(string command, ushort status) => new(command, NvmeStatus.Type(status), NvmeStatus.Code(status),
        (status & NvmeStatus.DoNotRetry) != 0, NvmeStatus.Describe(status));
}
