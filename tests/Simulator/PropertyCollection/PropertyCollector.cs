using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>Reads and watches properties. The default one serves every session with its own filters; one that a session made is its alone.</summary>
public sealed class PropertyCollector(Vcenter vcenter, string id = "propertyCollector", UpdateFilters? own = null) : ManagedObject("PropertyCollector", id)
{
    private int _lastFilter;

    public override async Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        var session = call.Session;
        var filters = own ?? session.Filters;
        switch (call.Method)
        {
            case "CreatePropertyCollector":
                var collector = vcenter.Add(new PropertyCollector(vcenter, vcenter.NewId($"session[{session.Key}]collector"), new UpdateFilters()));
                return new Reply(collector.Ref, "ManagedObjectReference");
            case "DestroyPropertyCollector" when own is not null:
                vcenter.Remove(Ref);
                return Reply.Void;
            case "RetrieveProperties":
                return new Reply(Contents(Select(call)).ToList(), "ObjectContent");
            case "RetrievePropertiesEx":
                var pageSize = call.Argument("options")?.Int("maxObjects") ?? int.MaxValue;
                return Page(call, new Retrieval(Select(call), 0, pageSize > 0 ? pageSize : int.MaxValue));
            case "ContinueRetrievePropertiesEx":
                return Page(call, session.Pages.Take(call.Required("token")));
            case "CancelRetrievePropertiesEx":
                session.Pages.Take(call.Required("token"));
                return Reply.Void;
            case "CreateFilter":
                var spec = FilterSpec.Read(call.Argument("spec") ?? throw VimFaultException.InvalidArgument("spec", "A specified parameter was not correct: spec"), vcenter.Api);
                var filter = new PropertyFilter(vcenter, filters, $"{(own is null ? $"session[{session.Key}]" : Ref.Id + "/")}filter-{Interlocked.Increment(ref _lastFilter)}", spec);
                filters.Add(filter);
                vcenter.Add(filter);
                return new Reply(filter.Ref, "ManagedObjectReference");
            case "WaitForUpdatesEx":
                return await WaitAsync(call, call.Argument("options")?.Int("maxWaitSeconds"), call.Argument("options")?.Int("maxObjectUpdates"), cancellationToken);
            case "WaitForUpdates":
                return await WaitAsync(call, null, null, cancellationToken);
            case "CheckForUpdates":
                return await WaitAsync(call, 0, null, cancellationToken);
            case "CancelWaitForUpdates":
                filters.CancelWaits();
                vcenter.Changes.Signal();
                return Reply.Void;
            default:
                return await base.InvokeAsync(call, cancellationToken);
        }
    }

    protected override object? Property(string name) => null;

    private List<(FilterSpec, MoRef)> Select(SoapCall call) =>
        [.. call.Arguments.Children("specSet").Select(e => FilterSpec.Read(e, vcenter.Api)).SelectMany(spec => Selection.Objects(vcenter, spec).Select(o => (spec, o)))];

    private IEnumerable<DataObject> Contents(IEnumerable<(FilterSpec Spec, MoRef Object)> objects) =>
        objects.Select(o => Selection.Content(vcenter, o.Spec, o.Object)).OfType<DataObject>();

    private Reply Page(SoapCall call, Retrieval retrieval)
    {
        if (retrieval.Objects.Count == 0)
        {
            return Reply.Void;
        }

        var end = (int)Math.Min((long)retrieval.Position + retrieval.PageSize, retrieval.Objects.Count);
        var token = end < retrieval.Objects.Count ? call.Session.Pages.Keep(retrieval with { Position = end }) : null;
        var page = Contents(retrieval.Objects.Skip(retrieval.Position).Take(end - retrieval.Position));
        if (vcenter.Faults.Api.IsEmptied())
        {
            vcenter.Faults.ExpireSessions();
            page = page.Select(Emptied).ToList();
        }

        return new Reply(DataObject.Of("RetrieveResult", ("token", token), ("objects", page)), "RetrieveResult");
    }

    /// <summary>As servers answer whose session ended under the question.</summary>
    private static DataObject Emptied(DataObject content)
    {
        var reference = (MoRef)content["obj"]!;
        var lost = ((IEnumerable<DataObject>?)content["propSet"] ?? []).Select(p => DataObject.Of(
            "MissingProperty", ("path", p["name"]), ("fault", VimFaultException.NotAuthenticated(reference, "System.View").Localized())));
        return DataObject.Of("ObjectContent", ("obj", reference), ("missingSet", lost.ToList()));
    }

    private async Task<Reply> WaitAsync(SoapCall call, int? maxWaitSeconds, int? maxObjects, CancellationToken cancellationToken)
    {
        var limit = maxWaitSeconds is int seconds ? vcenter.Options.Time.GetUtcNow() + TimeSpan.FromSeconds(seconds) : (DateTimeOffset?)null;
        var filters = own ?? call.Session.Filters;
        var cancels = filters.Cancels;
        var version = call.Text("version") ?? "";
        while (true)
        {
            var changed = vcenter.Changes.Next;
            if (filters.Cancels != cancels)
            {
                throw new VimFaultException(new DataObject("RequestCanceled"), "The task was canceled by a user.");
            }

            if (filters.Collect(version, maxObjects ?? int.MaxValue) is { } update)
            {
                return new Reply(update, "UpdateSet");
            }

            // The session must not idle away while its client waits for us.
            call.Session.Touch(vcenter.Options.Time.GetUtcNow().UtcDateTime);
            var left = limit - vcenter.Options.Time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return Reply.Void;
            }

            var step = left is { } some && some < TimeSpan.FromSeconds(10) ? some : TimeSpan.FromSeconds(10);
            await Task.WhenAny(changed, Task.Delay(step, vcenter.Options.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
