using Microsoft.Extensions.Logging;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Host;

/// <summary>The admin side of a host: bringing a controller up (NVM Express Base 2.0, 3.5.2) and asking it what it has.</summary>
internal sealed partial class HostController
{
    private const int AdminDepth = 31;
    private const int IdentifySize = 4096;
    private const byte DisableFlowControl = 1 << 2;
    private const int CapOffset = 0x00;
    private const int ConfigurationOffset = 0x14;
    private const int StatusOffset = 0x1C;
    private const uint Enabled = 1 | (6 << 16) | (4 << 20); // EN, IOSQES 64 bytes, IOCQES 16 bytes
    private const uint NormalShutdown = Enabled | (1 << 14);

    private readonly NvmeHostOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _maxEntries;

    private HostController(NvmeHostOptions options, TimeProvider time, ILogger logger, HostQueue admin)
    {
        _options = options;
        _time = time;
        _logger = logger;
        Admin = admin;
    }

    public HostQueue Admin { get; }

    /// <summary>CNTLID.</summary>
    public ushort Id { get; private set; }

    public HostLimits Limits { get; private set; } = null!;

    /// <summary>Null for a target that is not ours.</summary>
    public TargetIdentity? Identity { get; private set; }

    public static async Task<HostController> ConnectAsync(
        NvmeHostOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var socket = await HostSocket.ConnectAsync(options, cancellationToken);
        var admin = new HostQueue(socket, 0, AdminDepth, time, logger);
        // A target that does not answer must not hold the caller for longer than its token allows.
        await using var registration = cancellationToken.Register(() => admin.Abort("connecting was given up"));
        var controller = new HostController(options, time, logger, admin);
        try
        {
            controller.Id = await controller.ConnectQueueAsync(admin, AdminDepth + 1, ConnectData.Dynamic, cancellationToken);
            await controller.EnableAsync(cancellationToken);
            controller.Limits = await controller.ReadLimitsAsync(cancellationToken);
            return controller;
        }
        catch (Exception e)
        {
            admin.Abort("connecting did not succeed");
            cancellationToken.ThrowIfCancellationRequested();
            throw e is NvmeException ? e : new NvmeException("Connect", e.Message, e);
        }
    }

    /// <summary>Asks for I/O queues; returns how many there may be.</summary>
    public async Task<int> RequestQueuesAsync(int wanted, CancellationToken cancellationToken)
    {
        var command = await Admin.RentAsync("Set Features (Number of Queues)", cancellationToken);
        var entry = command.Begin("Set Features (Number of Queues)", AdminOpcode.SetFeatures, 0);
        WriteUInt32LittleEndian(entry[40..], 0x07);
        WriteUInt32LittleEndian(entry[44..], (uint)((wanted - 1) * 0x10001));
        var result = (uint)(await Admin.ExecuteAsync(command)).Result;
        return Math.Min(wanted, (int)Math.Min(result & 0xFFFF, result >> 16) + 1);
    }

    public async Task<HostQueue> ConnectIoQueueAsync(ushort queueId, CancellationToken cancellationToken)
    {
        var socket = await HostSocket.ConnectAsync(_options, cancellationToken);
        var entries = Math.Min(Math.Min(_options.QueueDepth, _maxEntries), Limits.MaxCommands);
        // One entry of a queue stays empty, so that full and empty differ.
        var queue = new HostQueue(socket, queueId, entries - 1, _time, _logger);
        await using var registration = cancellationToken.Register(() => queue.Abort("connecting was given up"));
        try
        {
            await ConnectQueueAsync(queue, entries, Id, cancellationToken);
            return queue;
        }
        catch
        {
            queue.Abort("connecting did not succeed");
            throw;
        }
    }

    public async Task KeepAliveAsync()
    {
        var command = await Admin.RentAsync("Keep Alive", CancellationToken.None);
        command.Begin("Keep Alive", AdminOpcode.KeepAlive, 0);
        await Admin.ExecuteAsync(command);
    }

    public async Task ShutDownAsync() => await SetPropertyAsync(ConfigurationOffset, NormalShutdown, CancellationToken.None);

    public async Task<IReadOnlyList<uint>> ListNamespacesAsync(CancellationToken cancellationToken)
    {
        var all = new List<uint>();
        while (true)
        {
            var page = await IdentifyAsync(0x02, all.LastOrDefault(), cancellationToken);
            var found = Enumerable.Range(0, IdentifySize / 4).Select(i => ReadUInt32LittleEndian(page.AsSpan(i * 4))).TakeWhile(n => n != 0).ToList();
            all.AddRange(found);
            if (found.Count < IdentifySize / 4)
            {
                return all;
            }
        }
    }

    /// <summary>UUID from the namespace's descriptors; null when it has none or has gone since it was listed.</summary>
    public async Task<Guid?> ReadUuidAsync(uint nsid, CancellationToken cancellationToken)
    {
        byte[] page;
        try
        {
            page = await IdentifyAsync(0x03, nsid, cancellationToken);
        }
        catch (NvmeException e) when (!e.IsConnectionLost)
        {
            return null;
        }

        for (var at = 0; at + 4 <= IdentifySize && page[at + 1] != 0; at += 4 + page[at + 1])
        {
            const byte uuidType = 3;
            if (page[at] == uuidType && page[at + 1] == 16 && at + 20 <= IdentifySize)
            {
                return new Guid(page.AsSpan(at + 4, 16), bigEndian: true);
            }
        }

        return null;
    }

    public async Task<(long Blocks, int BlockSize)> ReadGeometryAsync(uint nsid, CancellationToken cancellationToken)
    {
        var page = await IdentifyAsync(0x00, nsid, cancellationToken);
        var format = page[26] & 0x0F;
        var metadata = ReadUInt16LittleEndian(page.AsSpan(128 + (format * 4)));
        var shift = page[128 + (format * 4) + 2];
        return shift is >= 9 and <= 16 && metadata == 0
            ? (ReadInt64LittleEndian(page), 1 << shift)
            : throw new NvmeException("Open", $"namespace {nsid} has blocks of 2^{shift} bytes with {metadata} bytes of metadata, which this host cannot use");
    }

    private async Task<ushort> ConnectQueueAsync(HostQueue queue, int entries, ushort controllerId, CancellationToken cancellationToken)
    {
        var data = new byte[ConnectData.Size];
        new ConnectData(_options.HostId, controllerId, _options.SubsystemNqn, _options.HostNqn).Write(data);
        var command = await queue.RentAsync("Connect", cancellationToken);
        var entry = command.Begin("Connect", Fabrics.Opcode, Fabrics.Connect);
        WriteUInt16LittleEndian(entry[42..], queue.Id);
        WriteUInt16LittleEndian(entry[44..], (ushort)(entries - 1));
        entry[46] = DisableFlowControl;
        WriteUInt32LittleEndian(entry[48..], queue.Id == 0 ? (uint)_options.KeepAliveTimeout.TotalMilliseconds : 0);
        command.Writes(data, data.Length);
        var result = (await queue.ExecuteAsync(command)).Result;
        if ((result & HostAuthentication.SecureChannelRequired) != 0)
        {
            throw new NvmeException("Connect", "the target wants a secure channel made of the authentication, which this host cannot");
        }

        if ((result & HostAuthentication.Required) != 0 || _options.ControllerKey is not null)
        {
            await new HostAuthentication(queue, _options).RunAsync(cancellationToken);
        }

        return (ushort)result;
    }

    private async Task EnableAsync(CancellationToken cancellationToken)
    {
        var capabilities = await GetPropertyAsync(CapOffset, isLong: true, cancellationToken);
        _maxEntries = (int)(capabilities & 0xFFFF) + 1;
        var timeout = TimeSpan.FromMilliseconds(500 * Math.Max(1, (capabilities >> 24) & 0xFF));
        await SetPropertyAsync(ConfigurationOffset, Enabled, cancellationToken);
        var since = _time.GetTimestamp();
        while ((await GetPropertyAsync(StatusOffset, isLong: false, cancellationToken) & 1) == 0)
        {
            if (_time.GetElapsedTime(since) > timeout)
            {
                throw new NvmeException("Enable", $"the controller was not ready after {timeout}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), _time, cancellationToken);
        }
    }

    private async Task<HostLimits> ReadLimitsAsync(CancellationToken cancellationToken)
    {
        var page = await IdentifyAsync(0x01, 0, cancellationToken);
        var mdts = page[77];
        var maxTransfer = mdts is 0 or > 12 ? NvmeHost.MaxTransferBytes : Math.Min(NvmeHost.MaxTransferBytes, 4096 << mdts);
        var inCapsule = (ReadUInt32LittleEndian(page.AsSpan(1792)) * 16L) - SubmissionEntry.Size;
        if (ReadUInt16LittleEndian(page.AsSpan(1800)) != 0)
        {
            inCapsule = 0; // data that begins further inside the capsule (ICDOFF) is not worth the trouble: use R2T
        }

        Identity = TargetIdentity.Read(page);
        var commands = ReadUInt16LittleEndian(page.AsSpan(514));
        var optional = ReadUInt16LittleEndian(page.AsSpan(520));
        return new HostLimits(
            maxTransfer, (int)Math.Clamp(inCapsule, 0, maxTransfer), (optional & 8) != 0 ? await ReadWriteZeroesLimitAsync(cancellationToken) : 0,
            (optional & 4) != 0, commands == 0 ? int.MaxValue : commands, (page[525] & 1) != 0);
    }

    // WZSL; controllers before 2.0 do not have the page, and then there is no limit but the field's.
    private async Task<long> ReadWriteZeroesLimitAsync(CancellationToken cancellationToken)
    {
        try
        {
            var shift = (await IdentifyAsync(0x06, 0, cancellationToken))[1];
            return shift is 0 or > 32 ? long.MaxValue : 4096L << shift;
        }
        catch (NvmeException e) when (!e.IsConnectionLost)
        {
            return long.MaxValue;
        }
    }

    /// <summary>True while the subsystem lists this controller (CNS 13h).</summary>
    public async Task<bool> IsListedAsync(ushort controllerId, CancellationToken cancellationToken)
    {
        var page = await IdentifyAsync(0x13, 0, cancellationToken, controllerId);
        return ReadUInt16LittleEndian(page) > 0 && ReadUInt16LittleEndian(page.AsSpan(2)) == controllerId;
    }

    private async Task<byte[]> IdentifyAsync(byte cns, uint nsid, CancellationToken cancellationToken, ushort controllerId = 0)
    {
        var page = new byte[IdentifySize];
        var name = $"Identify (CNS 0x{cns:x2})";
        var command = await Admin.RentAsync(name, cancellationToken);
        var entry = command.Begin(name, AdminOpcode.Identify, nsid);
        entry[40] = cns;
        WriteUInt16LittleEndian(entry[42..], controllerId);
        command.Reads(page);
        await Admin.ExecuteAsync(command);
        return page;
    }

    private async Task<ulong> GetPropertyAsync(int offset, bool isLong, CancellationToken cancellationToken)
    {
        var command = await Admin.RentAsync("Property Get", cancellationToken);
        var entry = command.Begin("Property Get", Fabrics.Opcode, Fabrics.PropertyGet);
        entry[40] = isLong ? (byte)1 : (byte)0;
        WriteInt32LittleEndian(entry[44..], offset);
        return (await Admin.ExecuteAsync(command)).Result;
    }

    private async Task SetPropertyAsync(int offset, uint value, CancellationToken cancellationToken)
    {
        var command = await Admin.RentAsync("Property Set", cancellationToken);
        var entry = command.Begin("Property Set", Fabrics.Opcode, Fabrics.PropertySet);
        WriteInt32LittleEndian(entry[44..], offset);
        WriteUInt64LittleEndian(entry[48..], value);
        await Admin.ExecuteAsync(command);
    }
}
