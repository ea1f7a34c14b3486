using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.ChangeTracking;

/// <summary>A simulated vCenter with one VM, and a session with it.</summary>
internal sealed class TrackedSite(SimulatorServer server, VSphereSession session) : IAsyncDisposable
{
    public static TrackingOptions Quick { get; } = new() { Poll = TimeSpan.FromMilliseconds(10), RemovePatience = TimeSpan.Zero, SpacePoll = TimeSpan.FromMilliseconds(50) };

    public SimulatorServer Server => server;

    public VSphereSession Session => session;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TrackedSite> StartAsync(EstateVm vm, Func<Estate, Estate>? more = null, Func<SimulatorOptions, SimulatorOptions>? options = null)
    {
        var estate = new Estate { Datastores = [new EstateDatastore { Name = "ds1" }, new EstateDatastore { Name = "ds2" }], Vms = [vm with { Datastore = vm.Datastore ?? "ds1" }] };
        var simulator = new SimulatorOptions { TaskDuration = TimeSpan.FromMilliseconds(4) };
        var server = await SimulatorServer.StartAsync(more?.Invoke(estate) ?? estate, options?.Invoke(simulator) ?? simulator, Cancel);
        return new TrackedSite(server, await VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel));
    }

    public async Task<Vm> VmAsync() => (await session.ReadInventoryAsync(Cancel)).Vms.Single();

    /// <summary>A tracker of the VM whose tracking is proven; nothing of its state is kept.</summary>
    public async Task<ChangeTracker> EnabledAsync()
    {
        var tracker = Tracker(TrackingState.For(Guid.NewGuid(), await VmAsync()));
        await tracker.EnableAsync(Cancel);
        return tracker;
    }

    public ChangeTracker Tracker(TrackingState state) => new(session, state, (_, _) => Task.CompletedTask, Quick, NullLogger<ChangeTracker>.Instance);

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await server.DisposeAsync();
    }
}
