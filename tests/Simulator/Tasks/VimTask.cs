using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Tasks;

public sealed class VimTask(Vcenter vcenter, string id, ManagedEntity entity, string method, string descriptionId) : ManagedObject("Task", id)
{
    private readonly DateTime _queued = vcenter.Now;
    private State _state = new("queued", null, null, null, null);

    public void Run() => Change(_state with { Name = "running", Started = vcenter.Now });

    public void Succeed(object? result) => Change(_state with { Name = "success", Completed = vcenter.Now, Result = result });

    public void Fail(DataObject error) => Change(_state with { Name = "error", Completed = vcenter.Now, Error = error });

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method switch
    {
        "CancelTask" => throw new VimFaultException(new DataObject("NotSupported"), "The task cannot be cancelled."),
        _ => base.InvokeAsync(call, cancellationToken),
    };

    protected override object? Property(string name) => name == "info" ? Info() : null;

    private DataObject Info()
    {
        var state = Volatile.Read(ref _state);
        return DataObject.Of(
            "TaskInfo",
            ("key", Ref.Id),
            ("task", Ref),
            ("name", method),
            ("descriptionId", descriptionId),
            ("entity", entity.Ref),
            ("entityName", entity.Name),
            ("state", state.Name),
            ("cancelled", false),
            ("cancelable", false),
            ("error", state.Error),
            ("result", state.Result),
            ("progress", state.Name == "running" ? 50 : null),
            ("reason", DataObject.Of("TaskReasonUser", ("userName", vcenter.Options.UserName))),
            ("queueTime", _queued),
            ("startTime", state.Started),
            ("completeTime", state.Completed),
            ("eventChainId", 1));
    }

    private void Change(State state)
    {
        Volatile.Write(ref _state, state);
        vcenter.Changes.Signal();
    }

    private sealed record State(string Name, DateTime? Started, DateTime? Completed, object? Result, DataObject? Error);
}
