using System.Collections.Concurrent;
using System.Collections.Immutable;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Tasks;

/// <summary>Runs what the *_Task methods start: queued, running, then success or error. A VM does one thing at a time.</summary>
public sealed class TaskRunner(Vcenter vcenter)
{
    private const int MostRecent = 10;
    private readonly ConcurrentDictionary<ManagedEntity, ImmutableList<VimTask>> _recent = [];

    /// <summary>What was started last on the entity, also what has ended since.</summary>
    public IReadOnlyList<VimTask> RecentOf(ManagedEntity entity) => _recent.GetValueOrDefault(entity, []);

    /// <summary>The task exists when this returns; <paramref name="work"/> happens after the usual delay.</summary>
    public VimTask Start(ManagedEntity entity, string method, string descriptionId, Func<object?> work) =>
        StartLong(entity, method, descriptionId, () => Task.CompletedTask, work);

    /// <summary>The same for work that takes its time.</summary>
    public VimTask StartLong(ManagedEntity entity, string method, string descriptionId, Func<Task> work, Func<object?> result)
    {
        var task = new VimTask(vcenter, vcenter.NewId("task"), entity, method, descriptionId);
        if (entity is VirtualMachine vm)
        {
            if (vm.TryOccupy(task) is { } other)
            {
                throw new VimFaultException(DataObject.Of("TaskInProgress", ("task", other.Ref)), "Another task is already in progress.");
            }

            vcenter.Events.RecordTask(vm, descriptionId, vcenter.Now);
        }

        vcenter.Add(task);
        _recent.AddOrUpdate(entity, [task], (_, before) => before.Add(task).RemoveRange(0, Math.Max(0, before.Count + 1 - MostRecent)));
        _ = RunAsync(task, entity, method, work, result);
        return task;
    }

    private async Task RunAsync(VimTask task, ManagedEntity entity, string method, Func<Task> work, Func<object?> result)
    {
        var half = vcenter.Options.TaskDuration / 2;
        await Task.Delay(half, vcenter.Options.Time);
        task.Run();
        await Task.Delay(half, vcenter.Options.Time);
        Action end;
        try
        {
            vcenter.Faults.TaskFailures.ThrowIfArmed(method);
            await work();
            var made = result();
            end = () => task.Succeed(made);
        }
        catch (VimFaultException fault)
        {
            end = () => task.Fail(fault.Localized());
        }
        catch (Exception e)
        {
            end = () => task.Fail(new VimFaultException(new DataObject("SystemError"), e.Message).Localized());
        }

        (entity as VirtualMachine)?.Release(task);
        end();
    }
}
