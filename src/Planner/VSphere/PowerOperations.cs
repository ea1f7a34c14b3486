using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Power operations, each finished only when the VM is in the state asked for. Asking for the state it has is no error.</summary>
internal sealed class PowerOperations(VSphereSession session)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromMinutes(5);

    /// <summary>A task that waits for an answer to a question would do so for ever.</summary>
    private static readonly TimeSpan TaskLimit = TimeSpan.FromMinutes(10);

    private readonly PropertyReader _reader = new(session);
    private readonly TaskWait _task = new(session, Poll);

    public async Task OffAsync(string vmKey, CancellationToken cancellationToken)
    {
        if (await StateAsync(vmKey, cancellationToken) != VirtualMachinePowerState.PoweredOff)
        {
            var task = (await session.CallAsync(new PowerOffVM_TaskRequest { This = Vm(vmKey) }, cancellationToken)).Value;
            await _task.ForAsync(task, $"Power-off of {vmKey}", TaskLimit, cancellationToken);
        }
    }

    public async Task OnAsync(string vmKey, CancellationToken cancellationToken)
    {
        if (await StateAsync(vmKey, cancellationToken) != VirtualMachinePowerState.PoweredOn)
        {
            var task = (await session.CallAsync(new PowerOnVM_TaskRequest { This = Vm(vmKey) }, cancellationToken)).Value;
            await _task.ForAsync(task, $"Power-on of {vmKey}", TaskLimit, cancellationToken);
        }
    }

    public async Task ShutdownAsync(string vmKey, CancellationToken cancellationToken)
    {
        if (await StateAsync(vmKey, cancellationToken) == VirtualMachinePowerState.PoweredOff)
        {
            return;
        }

        await session.CallAsync(new ShutdownGuestRequest { This = Vm(vmKey) }, cancellationToken);
        var started = session.Time.GetTimestamp();
        while (await StateAsync(vmKey, cancellationToken) != VirtualMachinePowerState.PoweredOff)
        {
            if (session.Time.GetElapsedTime(started) > ShutdownLimit)
            {
                throw new MigrateException("source.guest-shutdown-timeout",
                    $"The guest of {vmKey} took the request to shut down and is still running {ShutdownLimit.TotalMinutes:0} minutes later.",
                    "Look at the guest's console, shut it down from inside, or allow a hard power-off.");
            }

            await Task.Delay(Poll, session.Time, cancellationToken);
        }
    }

    private async Task<string?> StateAsync(string vmKey, CancellationToken cancellationToken)
    {
        var vm = await _reader.ReadOneAsync(Vm(vmKey), ["runtime.powerState"], cancellationToken)
            ?? throw VSphereFault.VmVanished(session, vmKey);
        return vm.Text("runtime.powerState");
    }

    private static ManagedObjectReference Vm(string key) => new("VirtualMachine", key);
}
