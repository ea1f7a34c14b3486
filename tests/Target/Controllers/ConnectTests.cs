using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Controllers;

public sealed class ConnectTests
{
    private const ushort Invalid = NvmeStatus.ConnectInvalidParameters | NvmeStatus.DoNotRetry;
    private const ulong InData = 1 << 16;

    [Fact]
    public async Task Each_wrong_parameter_of_an_admin_connect_has_its_status_and_its_place()
    {
        await using var target = await RunningTarget.StartAsync();
        var nqn = target.Target.SubsystemNqn;
        Check(h => h.Connect("nqn.2026-01.org.migrate:other"), Invalid, InData | 256);
        Check(h => h.Connect(nqn, hostNqn: "host"), Invalid, InData | 512);
        Check(h => h.Connect(nqn, hostNqn: ""), Invalid, InData | 512);
        Check(h => h.Connect(nqn, hostId: Guid.Empty), Invalid, InData | 0);
        Check(h => h.Connect(nqn, controllerId: 7), Invalid, InData | 16);
        Check(h => h.Connect(nqn, queueSize: 0), Invalid, 44);
        Check(h => h.Connect(nqn, queueSize: 1024), Invalid, 44);
        Check(h => h.Connect(nqn, changeEntry: e => e[40] = 1), NvmeStatus.ConnectIncompatibleFormat | NvmeStatus.DoNotRetry, 0);
        Check(h => h.Connect(nqn, dataLength: 512), NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry, 0);
        Check(h => h.Connect(nqn, changeEntry: e => e[39] = SglDescriptor.Transport), NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry, 0);
        Check(h => h.Connect(nqn, changeEntry: e => e[1] = 0), NvmeStatus.InvalidField | NvmeStatus.DoNotRetry, 0);

        void Check(Func<ScriptedHost, CompletionEntry> connect, int status, ulong place)
        {
            using var host = new ScriptedHost(target.Target.EndPoint);
            host.Initialize();
            var completion = connect(host);
            ((int)completion.Status).ShouldBe(status);
            completion.Result.ShouldBe(place);
        }
    }

    [Fact]
    public async Task Each_wrong_parameter_of_an_io_connect_has_its_status_and_its_place()
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { MaxIoQueues = 2 });
        var nqn = target.Target.SubsystemNqn;
        using var admin = new ScriptedHost(target.Target.EndPoint);
        admin.Initialize();
        var id = (ushort)admin.Connect(nqn).Result;
        id.ShouldNotBe((ushort)0);

        Check(h => h.Connect(nqn, 1, id), NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry, 0); // not enabled yet
        admin.Enable();
        Check(h => h.Connect(nqn, 1, (ushort)(id + 1)), Invalid, InData | 16);
        Check(h => h.Connect(nqn, 1, id, hostNqn: RunningTarget.OtherHostNqn), Invalid, InData | 512);
        Check(h => h.Connect(nqn, 1, id, hostId: Guid.NewGuid()), Invalid, InData | 0);
        Check(h => h.Connect(nqn, 3, id), Invalid, 42);
        using var first = new ScriptedHost(target.Target.EndPoint);
        first.Initialize();
        first.Connect(nqn, 1, id).Status.ShouldBe(NvmeStatus.Success);
        Check(h => h.Connect(nqn, 1, id), NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry, 0); // that queue exists

        void Check(Func<ScriptedHost, CompletionEntry> connect, int status, ulong place)
        {
            using var host = new ScriptedHost(target.Target.EndPoint);
            host.Initialize();
            var completion = connect(host);
            ((int)completion.Status).ShouldBe(status);
            completion.Result.ShouldBe(place);
        }
    }

    [Fact]
    public async Task Commands_out_of_sequence_are_refused_and_the_connection_lives()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        host.SendCapsule(ScriptedHost.Entry(AdminOpcode.Identify, 3, 0, length: 4096), default);
        host.ReceiveCompletion().Status.ShouldBe((ushort)(NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry));

        host.Connect(target.Target.SubsystemNqn).Status.ShouldBe(NvmeStatus.Success);
        host.Connect(target.Target.SubsystemNqn).Status.ShouldBe((ushort)(NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry));
        host.SendCapsule(ScriptedHost.Entry(Fabrics.Opcode, 4, Fabrics.Disconnect), default);
        host.ReceiveCompletion().Status.ShouldBe((ushort)(NvmeStatus.InvalidQueueType | NvmeStatus.DoNotRetry));
    }

    [Fact]
    public async Task A_host_that_stays_silent_beyond_its_keep_alive_time_is_disconnected()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        host.Connect(target.Target.SubsystemNqn, changeEntry: e => e[48] = 100).Status.ShouldBe(NvmeStatus.Success); // 100 ms and the grace

        Should.Throw<ShouldAssertException>(host.Receive); // nothing comes but the end
    }
}
