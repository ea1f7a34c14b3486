using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Authentication;

/// <summary>Hosts that do not keep to the sequence, by capsules made by hand.</summary>
public sealed class AuthenticationSequenceTests
{
    private const ulong Required = 1 << 17;
    private const ushort NotYet = NvmeStatus.AuthenticationRequired | NvmeStatus.DoNotRetry;

    private static readonly DhChapSecret HostKey = DhChapSecret.Generate(DhChapHash.Sha256);

    [Fact]
    public async Task Before_authentication_every_other_command_is_refused()
    {
        await using var target = await StartAsync();
        using var host = Connected(target);
        host.SendCapsule(ScriptedHost.Entry(AdminOpcode.Identify, 3, 0, length: 4096), default);
        host.ReceiveCompletion().Status.ShouldBe(NotYet);
        host.SendCapsule(ScriptedHost.Entry(AdminOpcode.AsyncEventRequest, 4, 0), default);
        host.ReceiveCompletion().Status.ShouldBe(NotYet);
        foreach (var type in new[] { Fabrics.PropertyGet, Fabrics.PropertySet, Fabrics.Disconnect })
        {
            host.SendCapsule(ScriptedHost.Entry(Fabrics.Opcode, 5, type), default);
            host.ReceiveCompletion().Status.ShouldBe(NotYet);
        }
    }

    [Fact]
    public async Task After_authentication_commands_are_served_and_it_may_be_repeated()
    {
        await using var target = await StartAsync();
        using var host = Connected(target);
        for (ushort transaction = 1; transaction <= 3; transaction++)
        {
            Authenticate(host, target, transaction, HostKey).ShouldBe(AuthenticationMessageType.Success1);
            host.Enable();
        }
    }

    [Fact]
    public async Task Repeating_it_with_a_wrong_secret_ends_the_connection()
    {
        await using var target = await StartAsync();
        using var host = Connected(target);
        Authenticate(host, target, 1, HostKey).ShouldBe(AuthenticationMessageType.Success1);
        Authenticate(host, target, 2, DhChapSecret.Generate(DhChapHash.Sha256)).ShouldBe(AuthenticationMessageType.Failure1);
        host.WaitForEnd().ShouldBeTrue();
    }

    [Theory]
    [InlineData("reply first")]
    [InlineData("success first")]
    [InlineData("other transaction")]
    [InlineData("cut off")]
    [InlineData("nothing offered")]
    [InlineData("secure channel")]
    [InlineData("wrong hash length")]
    [InlineData("public key without group")]
    public async Task A_message_out_of_place_or_out_of_shape_ends_in_failure_and_the_end_of_the_connection(string what)
    {
        await using var target = await StartAsync();
        using var host = Connected(target);
        var negotiate = new NegotiateMessage(1, 0, [DhChapHash.Sha256], [DhChapGroup.Null]);
        var reply = new ReplyMessage(1, new byte[32], null, 0, []);
        byte[][] messages = what switch
        {
            "reply first" => [reply.ToBytes()],
            "success first" => [AuthenticationMessage.NewSuccess2(1)],
            "other transaction" => [negotiate.ToBytes(), (reply with { Transaction = 2 }).ToBytes()],
            "cut off" => [negotiate.ToBytes()[..20]],
            "nothing offered" => [(negotiate with { Groups = [] }).ToBytes()],
            "secure channel" => [(negotiate with { SecureChannel = 1 }).ToBytes()],
            "wrong hash length" => [negotiate.ToBytes(), (reply with { Response = new byte[48] }).ToBytes()],
            _ => [negotiate.ToBytes(), (reply with { PublicKey = new byte[256] }).ToBytes()],
        };
        foreach (var message in messages)
        {
            Send(host, message).ShouldBe(NvmeStatus.Success);
            var answer = Receive(host);
            if (message == messages[^1])
            {
                AuthenticationMessage.TypeOf(answer).ShouldBe(AuthenticationMessageType.Failure1);
            }
        }

        host.WaitForEnd().ShouldBeTrue();
    }

    [Fact]
    public async Task Commands_of_another_form_are_refused_and_authentication_can_go_on()
    {
        await using var target = await StartAsync();
        using var host = Connected(target);
        Command(host, Fabrics.AuthenticationReceive, protocol: 0xE901_0100, 4096, SglDescriptor.Transport, default)
            .Status.ShouldBe((ushort)(NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry)); // nothing is due yet
        Command(host, Fabrics.AuthenticationSend, protocol: 0xEA01_0100, 8, SglDescriptor.InCapsule, new byte[8])
            .Status.ShouldBe((ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry));
        Command(host, Fabrics.AuthenticationSend, protocol: 0xE901_0100, 9, SglDescriptor.InCapsule, new byte[8])
            .Status.ShouldBe((ushort)(NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry));
        Command(host, Fabrics.AuthenticationSend, protocol: 0xE901_0100, 8, SglDescriptor.Transport, default)
            .Status.ShouldBe((ushort)(NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry));
        Authenticate(host, target, 1, HostKey).ShouldBe(AuthenticationMessageType.Success1);
    }

    [Fact]
    public async Task Who_needs_no_authentication_cannot_begin_one()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        host.Connect(target.Target.SubsystemNqn).Status.ShouldBe(NvmeStatus.Success);
        Send(host, new NegotiateMessage(1, 0, [DhChapHash.Sha256], [DhChapGroup.Null]).ToBytes())
            .ShouldBe((ushort)(NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry));
    }

    [Fact]
    public async Task Who_connects_and_does_not_authenticate_in_time_is_disconnected()
    {
        await using var target = await StartAsync(o => o with { HandshakeTimeout = TimeSpan.FromSeconds(8) });
        using var host = Connected(target);
        Should.Throw<ShouldAssertException>(host.Receive); // nothing comes but the end
    }

    [Fact]
    public async Task A_host_that_takes_long_to_prove_itself_is_not_taken_for_dead_by_its_keep_alive_time()
    {
        await using var target = await StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        host.Connect(target.Target.SubsystemNqn, changeEntry: e => e[48] = 1).Status.ShouldBe(NvmeStatus.Success); // 1 ms, and 5 s of grace
        await Task.Delay(TimeSpan.FromSeconds(9), TestContext.Current.CancellationToken);
        Authenticate(host, target, 1, HostKey).ShouldBe(AuthenticationMessageType.Success1);
    }

    private static async Task<RunningTarget> StartAsync(Func<TargetOptions, TargetOptions>? change = null)
    {
        var target = await RunningTarget.StartAsync(change: change);
        target.Target.SetHostKeys(RunningTarget.HostNqn, HostKey);
        return target;
    }

    private static ScriptedHost Connected(RunningTarget target)
    {
        var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        var completion = host.Connect(target.Target.SubsystemNqn);
        completion.Status.ShouldBe(NvmeStatus.Success);
        (completion.Result & Required).ShouldBe(Required);
        return host;
    }

    private static AuthenticationMessageType Authenticate(ScriptedHost host, RunningTarget target, ushort transaction, DhChapSecret key)
    {
        Send(host, new NegotiateMessage(transaction, 0, [DhChapHash.Sha256], [DhChapGroup.Null]).ToBytes()).ShouldBe(NvmeStatus.Success);
        var challenge = ChallengeMessage.Read(Receive(host));
        var exchange = new DhChapExchange(RunningTarget.HostNqn, target.Target.SubsystemNqn, transaction, challenge.Hash, []);
        Send(host, new ReplyMessage(transaction, exchange.HostResponse(key, challenge.Challenge, challenge.Sequence), null, 0, []).ToBytes())
            .ShouldBe(NvmeStatus.Success);
        return AuthenticationMessage.TypeOf(Receive(host));
    }

    private static ushort Send(ScriptedHost host, byte[] message) =>
        Command(host, Fabrics.AuthenticationSend, 0xE901_0100, message.Length, SglDescriptor.InCapsule, message).Status;

    private static byte[] Receive(ScriptedHost host)
    {
        SendEntry(host, Fabrics.AuthenticationReceive, 0xE901_0100, 4096, SglDescriptor.Transport, default);
        var pdu = host.Receive();
        PduHeader.Read(pdu).Type.ShouldBe(PduType.C2HData);
        host.ReceiveCompletion().Status.ShouldBe(NvmeStatus.Success); // this queue has flow control
        return pdu[C2HData.HeaderSize..];
    }

    private static CompletionEntry Command(ScriptedHost host, byte type, uint protocol, int length, byte sgl, byte[]? data)
    {
        SendEntry(host, type, protocol, length, sgl, data);
        return host.ReceiveCompletion();
    }

    private static void SendEntry(ScriptedHost host, byte type, uint protocol, int length, byte sgl, byte[]? data)
    {
        var entry = ScriptedHost.Entry(Fabrics.Opcode, 7, type, sgl, (uint)length);
        WriteUInt32LittleEndian(entry.AsSpan(40), protocol);
        WriteInt32LittleEndian(entry.AsSpan(44), length);
        host.SendCapsule(entry, data ?? []);
    }
}
