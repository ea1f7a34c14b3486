using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

/// <summary>
/// One connection as NVMe/TCP sees it: ICReq first, then capsules and data. This part checks and dispatches PDUs; the
/// commands are in <c>.Commands</c> and <c>.Io</c>, those that wait for their data in <c>.Transfers</c>, those that the storage
/// has in <c>.Storage</c>. The engine calls from one thread at a time.
/// </summary>
internal sealed partial class QueuePairSession : IQueuePairSession
{
    private const int LargestHeader = 128;

    private readonly SubsystemTable _subsystems;
    private readonly SubsystemPort _port;
    private readonly IConnection _connection;
    private readonly ILogger _logger;
    private readonly SendBuffer _answers;
    private readonly IStorageQueue _storage;
    private readonly CommandReply _reply = new();
    private PduLayout _in = PduLayout.Plain;
    private PduLayout _out = PduLayout.Plain;
    private bool _isInitialized;
    private long _batchBegan;

    public QueuePairSession(SubsystemTable subsystems, SubsystemPort port, IConnection connection, ILogger logger)
    {
        _subsystems = subsystems;
        _port = port;
        _connection = connection;
        _logger = logger;
        _answers = connection.Answers;
        _storage = connection.Storage;
    }

    public int WantedBytes { get; private set; } = PduHeader.Size;

    public bool HasEnded { get; private set; }

    public bool IsEstablished => _isTrusted;

    public void BatchBegins()
    {
        _batchBegan = Stopwatch.GetTimestamp();
        _queuePair?.Controller.MarkActive();
    }

    public int Consume(ReadOnlySpan<byte> received)
    {
        if (_incoming is not null)
        {
            return ConsumeData(received);
        }

        WantedBytes = PduHeader.Size;
        if (received.Length < PduHeader.Size)
        {
            return 0;
        }

        var header = PduHeader.Read(received);
        try
        {
            CheckSequence(header);
            PduRules.CheckHeader(header, _in, MaxDataOf(header.Type));
            // Data is taken as it comes, all other PDUs as a whole.
            var needed = header.Type == PduType.H2CData ? PduRules.DataStart(header, _in) : header.Length;
            WantedBytes = needed;
            if (received.Length < needed)
            {
                return 0;
            }

            if (header.Type == PduType.CapsuleCmd && IsDraining)
            {
                // Not begun and not answered: the host repeats it when it has connected again, or by another path.
                EndIfDrained();
                return header.Length;
            }

            Dispatch(received[..needed], header);
            EndIfDrained();
            return needed;
        }
        catch (PduFault fault)
        {
            Terminate(fault, received[..Math.Min(received.Length, Math.Max((int)header.HeaderLength, PduHeader.Size))]);
            return 0;
        }
    }

    public void Woken()
    {
        if (IsDraining)
        {
            EndIfDrained();
            return;
        }

        DeliverMessage();
        if (_isTrusted && !IsIoQueue)
        {
            CompleteEvent();
        }
    }

    public void Closed()
    {
        _authentication?.Dispose();
        FreeCommands();
        if (_queuePair is null)
        {
            return;
        }

        _isTrusted = false;
        LeaveController();
        if (_statistics is not null)
        {
            _subsystems.Statistics.Close(_statistics);
        }

        if (_queuePair.QueueId == 0)
        {
            _queuePair.Controller.Subsystem.Remove(_queuePair.Controller);
        }
    }

    /// <summary>ICReq comes first and once (3.3.1); everything else after it. A type that does not exist is a wrong field, not a wrong order.</summary>
    private void CheckSequence(in PduHeader header)
    {
        var exists = PduRules.HeaderLengthOf(header.Type) != 0;
        if (exists && header.Type != PduType.H2CTermReq && (header.Type == PduType.IcReq) == _isInitialized)
        {
            throw new PduFault(FatalErrorStatus.SequenceError, PduHeader.TypeAt,
                _isInitialized ? "a second ICReq" : $"PDU type 0x{(byte)header.Type:x2} before ICReq");
        }
    }

    private int MaxDataOf(PduType type) => type switch
    {
        PduType.IcReq => 0,
        PduType.H2CTermReq => TermReq.MaxData,
        PduType.CapsuleCmd => IsIoQueue ? _subsystems.Limits.InCapsuleBytes : SubsystemLimits.AdminInCapsuleBytes,
        PduType.H2CData => SubsystemLimits.MaxH2CData,
        _ => -1,
    };

    private void Dispatch(ReadOnlySpan<byte> pdu, in PduHeader header)
    {
        switch (header.Type)
        {
            case PduType.IcReq:
                Initialize(IcReq.Read(pdu));
                break;
            case PduType.CapsuleCmd:
                PduRules.CheckHeaderDigest(pdu, header, _in);
                var isIntact = PduRules.TryGetData(pdu, header, _in, out var data);
                HandleCommand(new SubmissionEntry(pdu[PduHeader.Size..]), data, isIntact);
                break;
            case PduType.H2CData:
                PduRules.CheckHeaderDigest(pdu, header, _in);
                BeginData(pdu, header);
                break;
            case PduType.H2CTermReq:
                var request = TermReq.Read(pdu);
                LogHostTerminated(_connection.RemoteEndPoint, request.Status, request.Information);
                HasEnded = true;
                break;
        }
    }

    private void Initialize(in IcReq request)
    {
        if (request.Version != 0)
        {
            throw new PduFault(FatalErrorStatus.UnsupportedParameter, IcReq.VersionAt, $"PDU format version {request.Version}");
        }

        if (request.HostDataAlignment > IcReq.MaxAlignment)
        {
            throw PduRules.Field(IcReq.AlignmentAt, $"HPDA {request.HostDataAlignment}");
        }

        // CPDA 0: data towards us begins right behind the header. HPDA is what the host wants for data towards it.
        new IcResp(0, 0, request.HeaderDigest, request.DataDigest, SubsystemLimits.MaxH2CData).Write(_answers.Reserve(IcResp.Size));
        _answers.Advance(IcResp.Size);
        _in = new PduLayout(request.HeaderDigest, request.DataDigest, 4);
        _out = _in with { DataAlignment = (request.HostDataAlignment + 1) * 4 };
        _isInitialized = true;
    }

    private void Terminate(PduFault fault, ReadOnlySpan<byte> received)
    {
        LogTerminated(_connection.RemoteEndPoint, fault.Status, fault.Information, fault.Message);
        var pdu = _answers.Reserve(TermReq.HeaderSize + TermReq.MaxData);
        var header = received[..Math.Min(received.Length, LargestHeader)];
        _answers.Advance(new TermReq(PduType.C2HTermReq, fault.Status, fault.Information).Write(pdu, header));
        HasEnded = true;
    }
}
