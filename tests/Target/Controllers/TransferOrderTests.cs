using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Controllers;

/// <summary>Whose data is asked for when more is to come than one connection may hold.</summary>
public sealed class TransferOrderTests
{
    private const int Large = 256 * 1024;
    private const int Small = 4096;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_write_that_waits_for_room_is_not_overtaken_by_small_ones()
    {
        const int largeOnes = 15;
        const int smallOnes = Large / Small;
        await using var target = await RunningTarget.StartAsync(change: o => o with { ConnectionBytes = (largeOnes + 1) * Large });
        var created = await target.CreateAsync(16 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target, queueSize: 255);
        using var adminGuard = admin;
        using var ioGuard = io;
        var tags = new Dictionary<ushort, ushort>();
        for (ushort id = 0; id < largeOnes + smallOnes; id++)
        {
            io.SendCapsule(Write(id, created.Nsid, id < largeOnes ? Large : Small), default);
            tags[id] = R2T.Read(io.Receive()).TransferTag;
        }

        const ushort waiting = 200;
        const ushort late = 201;
        io.SendCapsule(Write(waiting, created.Nsid, Large), default);
        SendData(io, largeOnes, tags, 0, Small);
        io.ReceiveCompletion().CommandId.ShouldBe((ushort)largeOnes);
        io.SendCapsule(Write(late, created.Nsid, Small), default); // there would be room for this one
        SendData(io, 0, tags, 0, Large / 2);
        SendData(io, 0, tags, Large / 2, Large / 2);

        R2T.Read(io.Receive()).CommandId.ShouldBe(waiting);
    }

    private static void SendData(ScriptedHost io, ushort id, Dictionary<ushort, ushort> tags, int offset, int length)
    {
        var isLast = id != 0 || offset + length == Large;
        io.Send(io.Data(new H2CData(id, tags[id], (uint)offset, (uint)length), new byte[length], isLast));
    }

    private static byte[] Write(ushort id, uint nsid, int length)
    {
        var entry = ScriptedHost.Entry(NvmOpcode.Write, id, nsid, length: (uint)length);
        WriteUInt32LittleEndian(entry.AsSpan(48), (uint)(length / 512) - 1);
        return entry;
    }
}
