using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// Layer one: sessions in memory, so that millions of wrong PDUs fit into minutes. Every session is made from the run's seed
/// and its own number alone: it can be run again without those before it.
/// </summary>
internal sealed class SessionFuzzer(FuzzTarget target, IReadOnlyList<RecordedTrace> traces, int seed)
{
    private const int InCapsuleBytes = 16 * 1024;
    private const int SessionsPerController = 256;
    private const int MostPdus = 24;

    private readonly FuzzBuffers _buffers = new();
    private readonly FuzzBuffers _adminBuffers = new();
    private MemoryHost? _admin;
    private int _adminUses;

    public long Sessions { get; private set; }

    /// <summary>PDUs, or what stood in their place, that a session took or refused.</summary>
    public long Judged { get; private set; }

    /// <summary>PDUs that were handed over changed, forged or out of their order.</summary>
    public long Mutated { get; private set; }

    /// <summary>Sessions that ended with a termination request.</summary>
    public long Terminated { get; private set; }

    public void Run(long number)
    {
        var random = new Random(unchecked((seed * (int)0x9E37_79B1) + (int)(number * 0x85EB_CA77)));
        MemoryHost? host = null;
        try
        {
            _buffers.Storage.IsPrompt = random.Next(3) == 0;
            host = NewHost(_buffers, random);
            switch (random.Next(8))
            {
                case 0:
                    Feed(host, new PduForge(random, host.State).Bytes(random.Next(1, 400)), isMutated: true, random);
                    break;
                case 1:
                    Handshake(host, random);
                    break;
                case 2 or 3:
                    Replay(host, traces[random.Next(traces.Count)], random);
                    break;
                case 4:
                    Use(host, random, isAdmin: true);
                    break;
                default:
                    Use(host, random, isAdmin: false);
                    break;
            }

            host.Settle();
            host.Close();
        }
        catch (Exception e) when (e is not FuzzFailure)
        {
            throw new FuzzFailure(seed, number, e.Message, _buffers.Sent.SelectMany(b => b).ToArray(), e);
        }

        Sessions++;
        Judged += host.Judged;
        Terminated += host.Terminated;
    }

    /// <summary>Ends the controller that I/O sessions belong to.</summary>
    public void Close()
    {
        _admin?.Close();
        _admin = null;
    }

    private MemoryHost NewHost(FuzzBuffers buffers, Random random) => new(connection => target.Target.NewSession(connection, target.Target.MainPort), InCapsuleBytes, buffers, random, data =>
    {
        if (FuzzTarget.IsSecret(data.Span))
        {
            throw new FormatException("the target sent the data of another host");
        }
    });

    // ICReqs of all kinds, then whatever.
    private void Handshake(MemoryHost host, Random random)
    {
        var forge = new PduForge(random, host.State);
        var request = PduForge.IcReq(random.Next(2) == 0, random.Next(2) == 0, (byte)random.Next(40));
        if (Feed(host, random.Next(3) == 0 ? request : Mutation.Of(request, PduLayout.Plain, random), isMutated: true, random))
        {
            for (var i = 0; i < 4 && Feed(host, Mutation.Of(forge.AdminCommand((ushort)i), forge.Layout, random), isMutated: true, random); i++)
            {
            }
        }
    }

    private void Use(MemoryHost host, Random random, bool isAdmin)
    {
        var forge = new PduForge(random, host.State);
        var alignment = (byte)(random.Next(4) == 0 ? random.Next(32) : 0);
        host.Feed(PduForge.IcReq(random.Next(4) == 0, random.Next(4) == 0, alignment));
        if (!Connect(host, forge, random, isAdmin))
        {
            return;
        }

        for (var i = 0; i < MostPdus; i++)
        {
            var pdu = !isAdmin && random.Next(3) == 0 ? forge.Data() : isAdmin ? forge.AdminCommand((ushort)i) : forge.IoCommand((ushort)i);
            if (!Send(host, pdu, forge.Layout, random))
            {
                return;
            }
        }
    }

    private bool Connect(MemoryHost host, PduForge forge, Random random, bool isAdmin)
    {
        var nqn = target.Target.SubsystemNqn;
        var flowControl = random.Next(4) == 0;
        if (isAdmin)
        {
            var toDiscovery = random.Next(8) == 0;
            host.Feed(forge.Connect(toDiscovery ? Nqn.Discovery : nqn, FuzzTarget.AttackerNqn, 0, ConnectData.Dynamic, 32, flowControl));
            return host.Feed(forge.Enable());
        }

        var id = Controller();
        return host.Feed(forge.Connect(nqn, FuzzTarget.AttackerNqn, (ushort)random.Next(1, 5), id, random.Next(3) == 0 ? random.Next(2, 8) : 128, flowControl));
    }

    // The recorded PDUs in their order, or nearly, some changed.
    private void Replay(MemoryHost host, RecordedTrace trace, Random random)
    {
        var begin = random.Next(4) == 0 ? random.Next(trace.Pdus.Count) : 0;
        for (var i = begin; i < trace.Pdus.Count; i++)
        {
            var (at, isMoved) = random.Next(12) == 0 ? (random.Next(trace.Pdus.Count), true) : (i, begin != 0);
            var pdu = Adapt(trace.Pdus[at], host.State, trace.Layout);
            var isChanged = random.Next(6) == 0;
            if (!Feed(host, isChanged ? Mutation.Of(pdu, trace.Layout, random) : pdu, isChanged || isMoved, random))
            {
                return;
            }
        }
    }

    /// <summary>Puts in what the target has chosen anew: the controller's id and the transfer's tag.</summary>
    private byte[] Adapt(byte[] recorded, WireState state, PduLayout layout)
    {
        var type = (PduType)recorded[0];
        if (type is not (PduType.H2CData or PduType.CapsuleCmd))
        {
            return recorded;
        }

        var pdu = recorded.ToArray();
        if (type == PduType.H2CData && state.Transfers.FirstOrDefault(t => t.Value.CommandId == ReadUInt16LittleEndian(pdu.AsSpan(8))) is { Value: not null } open)
        {
            WriteUInt16LittleEndian(pdu.AsSpan(10), open.Key);
        }
        else if (type == PduType.CapsuleCmd && pdu[8] == Fabrics.Opcode && pdu[12] == Fabrics.Connect && ReadUInt16LittleEndian(pdu.AsSpan(8 + 42)) != 0)
        {
            WriteUInt16LittleEndian(pdu.AsSpan(pdu[3] + 16), Controller());
            layout.SealData(pdu, CapsuleCmd.HeaderSize, ConnectData.Size);
        }

        layout.SealHeader(pdu, pdu[2], 0);
        return pdu;
    }

    private bool Send(MemoryHost host, byte[] pdu, in PduLayout layout, Random random)
    {
        var isChanged = random.Next(3) == 0;
        return Feed(host, isChanged ? Mutation.Of(pdu, layout, random) : pdu, isMutated: true, random);
    }

    private bool Feed(MemoryHost host, byte[] bytes, bool isMutated, Random random)
    {
        Mutated += isMutated ? 1 : 0;
        if (random.Next(8) != 0)
        {
            return host.Feed(bytes);
        }

        var cut = random.Next(bytes.Length + 1);
        return host.Feed(bytes.AsSpan(0, cut)) && host.Feed(bytes.AsSpan(cut));
    }

    /// <summary>The controller of a host that is enabled and does nothing else.</summary>
    private ushort Controller()
    {
        if (_admin is null || _admin.HasEnded || ++_adminUses % SessionsPerController == 0)
        {
            _admin?.Close();
            _admin = NewHost(_adminBuffers, new Random(seed));
            var forge = new PduForge(new Random(seed), _admin.State);
            _admin.Feed(PduForge.IcReq(false, false, 0));
            _admin.Feed(forge.Connect(target.Target.SubsystemNqn, FuzzTarget.AttackerNqn, 0, ConnectData.Dynamic, 32, flowControl: false));
            _admin.Feed(forge.Enable());
        }

        return _admin.State.ControllerId;
    }
}
