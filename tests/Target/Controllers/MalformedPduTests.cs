using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Controllers;

/// <summary>Each way to break the transport's rules has its fatal error status, and the offending header comes back.</summary>
public sealed class MalformedPduTests
{
    [Theory]
    [InlineData("type that does not exist", 0, 0x0B, FatalErrorStatus.InvalidHeaderField, 0)]
    [InlineData("type of the other direction", 0, 0x05, FatalErrorStatus.SequenceError, 0)]
    [InlineData("capsule before ICReq", 0, 0x04, FatalErrorStatus.SequenceError, 0)]
    [InlineData("HLEN", 2, 64, FatalErrorStatus.InvalidHeaderField, 2)]
    [InlineData("PLEN too short", 4, 100, FatalErrorStatus.InvalidHeaderField, 4)]
    [InlineData("PLEN too long", 6, 1, FatalErrorStatus.InvalidHeaderField, 4)]
    [InlineData("PLEN negative", 7, 0x80, FatalErrorStatus.InvalidHeaderField, 4)]
    [InlineData("version", 8, 1, FatalErrorStatus.UnsupportedParameter, 8)]
    [InlineData("HPDA", 10, 32, FatalErrorStatus.InvalidHeaderField, 10)]
    public async Task A_wrong_first_pdu_ends_the_connection(string what, int at, byte value, object status, uint field)
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        var pdu = new byte[IcReq.Size];
        new IcReq(0, 0, false, false, 0).Write(pdu);
        pdu[at] = value;
        host.Send(pdu);

        var (request, header) = host.ReceiveTermination();

        request.Status.ShouldBe((FatalErrorStatus)status, what);
        request.Information.ShouldBe(field, what);
        header.AsSpan().SequenceEqual(pdu.AsSpan(0, header.Length)).ShouldBeTrue();
        header.Length.ShouldBeGreaterThanOrEqualTo(PduHeader.Size);
    }

    [Theory]
    [InlineData("a second ICReq", 0, 0x00, FatalErrorStatus.SequenceError, 0)]
    [InlineData("type of the other direction", 0, 0x07, FatalErrorStatus.InvalidHeaderField, 0)]
    [InlineData("type that does not exist", 0, 0x08, FatalErrorStatus.InvalidHeaderField, 0)]
    [InlineData("header digest that was not agreed", 1, 0x01, FatalErrorStatus.InvalidHeaderField, 1)]
    [InlineData("data digest that was not agreed", 1, 0x02, FatalErrorStatus.InvalidHeaderField, 1)]
    [InlineData("HLEN", 2, 24, FatalErrorStatus.InvalidHeaderField, 2)]
    [InlineData("PDO inside the header", 3, 64, FatalErrorStatus.InvalidHeaderField, 3)]
    [InlineData("PDO not aligned", 3, 74, FatalErrorStatus.InvalidHeaderField, 3)]
    [InlineData("more data than a capsule holds", 5, 0x60, FatalErrorStatus.InvalidHeaderField, 4)]
    public async Task A_wrong_capsule_ends_the_connection(string what, int at, byte value, object status, uint field)
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        var pdu = host.Capsule(ScriptedHost.Entry(Fabrics.Opcode, 1, Fabrics.Connect, SglDescriptor.InCapsule, 1024), new byte[1024]);
        pdu[at] = value;
        host.Send(pdu);

        var (request, _) = host.ReceiveTermination();

        request.Status.ShouldBe((FatalErrorStatus)status, what);
        request.Information.ShouldBe(field, what);
    }

    [Fact]
    public async Task A_wrong_header_digest_ends_the_connection_and_comes_back_in_the_request()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize(headerDigest: true);
        var pdu = host.Capsule(ScriptedHost.Entry(AdminOpcode.KeepAlive, 1, 0), default);
        pdu[10] ^= 1;
        host.Send(pdu);

        var (request, _) = host.ReceiveTermination();

        request.Status.ShouldBe(FatalErrorStatus.HeaderDigestError);
        request.Information.ShouldBe(BitConverter.ToUInt32(pdu, CapsuleCmd.HeaderSize));
    }

    [Theory]
    [InlineData("transfer tag", 10, FatalErrorStatus.InvalidHeaderField, 10)]
    [InlineData("command id", 8, FatalErrorStatus.InvalidHeaderField, 8)]
    [InlineData("offset", 12, FatalErrorStatus.DataOutOfRange, 12)]
    [InlineData("length", 16, FatalErrorStatus.InvalidHeaderField, 16)]
    [InlineData("last flag", 1, FatalErrorStatus.InvalidHeaderField, 1)]
    public async Task Wrong_write_data_ends_the_connection(string what, int at, object status, uint field)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;
        var entry = ScriptedHost.Entry(NvmOpcode.Write, 5, created.Nsid, SglDescriptor.Transport, 32768);
        entry[48] = 63;
        io.SendCapsule(entry, default);
        var r2t = R2T.Read(io.Receive());
        r2t.DataLength.ShouldBe(32768u);
        var pdu = io.Data(new H2CData(5, r2t.TransferTag, 0, 4096), new byte[4096], last: false);
        pdu[at] ^= 4; // of FLAGS this is LAST_PDU
        io.Send(pdu);

        var (request, _) = io.ReceiveTermination();

        request.Status.ShouldBe((FatalErrorStatus)status, what);
        request.Information.ShouldBe(field, what);
    }

    [Fact]
    public async Task A_wrong_data_digest_fails_the_command_and_the_connection_lives()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target, headerDigest: true, dataDigest: true);
        using var adminGuard = admin;
        using var ioGuard = io;
        foreach (var damaged in new[] { true, false })
        {
            var entry = ScriptedHost.Entry(NvmOpcode.Write, 9, created.Nsid, SglDescriptor.InCapsule, 512);
            var pdu = io.Capsule(entry, Enumerable.Repeat((byte)0xA5, 512).ToArray());
            pdu[^10] ^= damaged ? (byte)1 : (byte)0;
            io.Send(pdu);

            io.ReceiveCompletion().Status.ShouldBe(damaged ? NvmeStatus.TransientTransportError : NvmeStatus.Success);
        }
    }
}
