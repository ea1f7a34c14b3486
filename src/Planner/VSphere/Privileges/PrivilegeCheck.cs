using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Privileges;

/// <summary>
/// Asks the server what the session's account may do (HasPrivilegeOnEntities: vSphere 5.5 and later, vCenter and ESXi). VMs are asked for by
/// their folders: a permission that somebody set on a single VM alone is not seen here, but by the call that it refuses.
/// </summary>
internal sealed class PrivilegeCheck(VSphereSession session, IObjectReader reader)
{
    /// <summary>Entities in one question.</summary>
    private const int PageSize = 500;

    private const string Adapters = "config.storageDevice.hostBusAdapter";

    public Task<PrivilegeReport> RunAsync(CancellationToken cancellationToken) => ReportAsync(async () =>
    {
        var missing = new List<MissingPrivilege>();
        foreach (var scope in NeededPrivilege.All.Where(p => session.IsVcenter || !p.VcenterOnly).GroupBy(p => p.Scope))
        {
            var entities = await EntitiesAsync(scope.Key, cancellationToken);
            if (entities.Count == 0 && scope.Key is PrivilegeScope.Vms or PrivilegeScope.Datastores)
            {
                // Whoever is shown no folder or datastore at all lacks everything on them; the root folder says so.
                entities = await EntitiesAsync(PrivilegeScope.Root, cancellationToken);
            }

            foreach (var page in entities.Chunk(PageSize))
            {
                missing.AddRange(await MissingAsync(page.ToDictionary(e => e.Reference, e => e.Name), [.. scope], cancellationToken));
            }
        }

        return missing;
    });

    /// <summary>Of one VM, with what is set on it alone.</summary>
    public Task<PrivilegeReport> OnVmAsync(string vmKey, string vmName, IReadOnlyCollection<Activity> activities, CancellationToken cancellationToken) => ReportAsync(async () =>
    {
        var needed = NeededPrivilege.All.Where(p => p.Scope == PrivilegeScope.Vms && activities.Contains(p.Activity));
        var vm = new Dictionary<ManagedObjectReference, string> { [new("VirtualMachine", vmKey)] = vmName };
        return [.. await MissingAsync(vm, [.. needed], cancellationToken)];
    });

    /// <summary>What was found missing, or why it could not be asked.</summary>
    private async Task<PrivilegeReport> ReportAsync(Func<Task<List<MissingPrivilege>>> askAsync)
    {
        var user = session.Endpoint.UserName;
        if (session.Content.AuthorizationManager is null)
        {
            return new PrivilegeReport(user, [], "the server has no authorization manager", session.IsVcenter);
        }

        try
        {
            return new PrivilegeReport(user, await askAsync(), null, session.IsVcenter);
        }
        catch (VSphereFault f) when (f.Type is "MethodNotFound" or "NotSupported" or "NoPermission")
        {
            return new PrivilegeReport(user, [], f.Message, session.IsVcenter);
        }
    }

    private async Task<IEnumerable<MissingPrivilege>> MissingAsync(
        Dictionary<ManagedObjectReference, string> entities, IReadOnlyList<NeededPrivilege> privileges, CancellationToken cancellationToken)
    {
        var answer = (await session.CallAsync(new HasPrivilegeOnEntitiesRequest
        {
            This = session.Content.AuthorizationManager,
            Entity = [.. entities.Keys],
            SessionId = session.SessionKey,
            PrivId = [.. privileges.Select(p => p.Id)],
        }, cancellationToken)).Value ?? [];
        return answer.SelectMany(e => (e.PrivAvailability ?? []).Where(a => !a.IsGranted).SelectMany(a => privileges.Where(p => p.Id == a.PrivId)
            .Select(p => new MissingPrivilege(p.Id, p.Activity, p.Why, e.Entity.Type, e.Entity.Value, entities.GetValueOrDefault(e.Entity, e.Entity.Value)))));
    }

    private async Task<IReadOnlyList<(ManagedObjectReference Reference, string Name)>> EntitiesAsync(PrivilegeScope scope, CancellationToken cancellationToken) => scope switch
    {
        PrivilegeScope.Datastores => Named(await reader.ReadAllAsync("Datastore", ["name"], cancellationToken)),
        PrivilegeScope.Vms => Named((await reader.ReadAllAsync("Folder", ["name", "childType"], cancellationToken))
            .Where(f => f.Get<ArrayOfString>("childType")?.String?.Contains("VirtualMachine") == true)),
        // Of a host whose adapters may not be read nobody knows that it has none.
        PrivilegeScope.IscsiHosts => Named((await reader.ReadAllAsync("HostSystem", ["name", Adapters], cancellationToken))
            .Where(h => h.Get<ArrayOfHostHostBusAdapter>(Adapters)?.HostHostBusAdapter?.OfType<HostInternetScsiHba>().Any() ?? true)),
        _ => [(session.Content.RootFolder, "the root folder")],
    };

    private static List<(ManagedObjectReference, string)> Named(IEnumerable<ObjectProperties> objects) =>
        [.. objects.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => (o.Reference, VimName.Decode(o.Text("name")) ?? o.Key))];
}
