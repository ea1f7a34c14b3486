using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Tasks;

/// <summary>Runs what the *_Task methods start: queued, running, then success or error.</summary>
public sealed class TaskRunner(Vcenter vcenter)
{
    /// <summary>The task exists when this returns; <paramref name="work"/> happens after the usual delay.</summary>
    public VimTask Start(ManagedEntity entity, string method, string descriptionId, Func<object?> work)
    {
        var task = vcenter.Add(new VimTask(vcenter, vcenter.NewId("task"), entity, method, descriptionId));
        if (entity is VirtualMachine vm)
        {
            vcenter.Events.RecordTask(vm, descriptionId, vcenter.Now);
        }

        _ = RunAsync(task, method, work);
        return task;
    }

    private async Task RunAsync(VimTask task, string method, Func<object?> work)
    {
        var half = vcenter.Options.TaskDuration / 2;
        await Task.Delay(half, vcenter.Options.Time);
        task.Run();
        await Task.Delay(half, vcenter.Options.Time);
        try
        {
            vcenter.Faults.TaskFailures.ThrowIfArmed(method);
            task.Succeed(work());
        }
        catch (VimFaultException fault)
        {
            task.Fail(fault.Localized());
        }
    }
}
