using Migrate.Target.Tests.Fuzzing;

namespace Migrate.Target.Tests.Host;

[Collection<AloneInTheProcess>]
public sealed class HostAllocationTests
{
    private const int Commands = 20_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_command_allocates_nothing_on_either_side_once_the_first_ones_are_through(bool isWrite, bool reconnects)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        await using var host = await target.ConnectAsync(o => o with { LossTimeout = reconnects ? TimeSpan.FromMinutes(1) : TimeSpan.Zero });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var buffer = new byte[4096];
        await Task.Run(UseAsync, Cancel);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await Task.Run(UseAsync, Cancel);

        // What the runtime and its timers do for themselves is in it.
        ((GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Commands).ShouldBeLessThan(8);

        async Task UseAsync()
        {
            for (var i = 0; i < Commands; i++)
            {
                if (isWrite)
                {
                    await disk.WriteAsync(i % 256 * 4096L, buffer, Cancel);
                }
                else
                {
                    await disk.ReadAsync(i % 256 * 4096L, buffer, Cancel);
                }
            }
        }
    }
}
