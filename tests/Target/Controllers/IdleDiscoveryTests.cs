using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Admin;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Controllers;

/// <summary>A discovery controller without a keep-alive time goes after two minutes of silence; another one stays.</summary>
public sealed class IdleDiscoveryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_asked_and_fell_silent_is_disconnected_after_two_minutes_and_who_does_no_io_is_not()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-idle-").FullName;
        var time = new LeapingTime();
        await using (var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = directory, Port = 0 }, time, NullLoggerFactory.Instance, Cancel))
        {
            using var asking = ScriptedHost.OpenAdmin(target.EndPoint, Nqn.Discovery);
            using var lasting = ScriptedHost.OpenAdmin(target.EndPoint, target.SubsystemNqn);
            await Task.Delay(5000, Cancel); // the watch has seen them
            time.Leap(TimeSpan.FromSeconds(100));
            await Task.Delay(5000, Cancel);
            asking.Identify(1).Completion.Status.ShouldBe(NvmeStatus.Success, "not yet");
            await Task.Delay(5000, Cancel);

            time.Leap(TimeSpan.FromSeconds(130));

            Should.Throw<ShouldAssertException>(asking.Receive).Message.ShouldContain("closed");
            lasting.Identify(1).Completion.Status.ShouldBe(NvmeStatus.Success);
        }

        Directory.Delete(directory, recursive: true);
    }

    private sealed class LeapingTime : TimeProvider
    {
        private long _leapt;

        public void Leap(TimeSpan time) => Interlocked.Add(ref _leapt, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _leapt);
    }
}
