using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>Storage policies, from vCenter's policy service (PBM): which one a virtual disk has, and what vSAN makes of it.</summary>
internal sealed class PolicyReader(VSphereSession session)
{
    /// <summary>Policies in one question.</summary>
    private const int PageSize = 100;

    private readonly SoapService _service = new(session, "/pbm/sdk", "urn:pbm", "2.0");
    private ManagedObjectReference? _profiles;

    /// <summary>
    /// All policies with the disks that have them: a call for each policy, however many disks there are, and no property tells when
    /// one of them was edited or given to another disk.
    /// </summary>
    public async Task<PolicyMap> ReadAsync(CancellationToken cancellationToken)
    {
        var profiles = await CallAsync("PbmQueryProfile",
            [_service.Argument("resourceType", _service.Argument("resourceType", "STORAGE")), _service.Argument("profileCategory", "REQUIREMENT")], cancellationToken);
        var disks = new List<(string Disk, StoragePolicy Policy)>();
        foreach (var policy in (await PoliciesAsync([.. profiles.Select(p => p.Text("uniqueId")).OfType<string>()], cancellationToken)).Values)
        {
            disks.AddRange((await DisksAsync(policy.Id, cancellationToken)).Select(disk => (disk, policy)));
        }

        return new PolicyMap(disks);
    }

    /// <summary>Disks that have the policy, named "vm-42:2000"; none when it was deleted meanwhile.</summary>
    private async Task<IReadOnlyList<string>> DisksAsync(string policy, CancellationToken cancellationToken)
    {
        try
        {
            var entities = await CallAsync("PbmQueryAssociatedEntity",
                [_service.Argument("profile", _service.Argument("uniqueId", policy)), _service.Argument("entityType", "virtualDiskId")], cancellationToken);
            return [.. entities.Where(e => e.Text("objectType") == "virtualDiskId").Select(e => e.Text("key")).OfType<string>()];
        }
        catch (VSphereFault f) when (f.Type is "InvalidArgument" or "PbmFaultNotFound")
        {
            return [];
        }
    }

    /// <summary>Policies by id.</summary>
    public async Task<Dictionary<string, StoragePolicy>> PoliciesAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var policies = new Dictionary<string, StoragePolicy>(StringComparer.Ordinal);
        foreach (var page in ids.Chunk(PageSize))
        {
            foreach (var profile in await CallAsync("PbmRetrieveContent", page.Select(id => _service.Argument("profileIds", _service.Argument("uniqueId", id))), cancellationToken))
            {
                if (Policy(profile) is { } policy)
                {
                    policies.TryAdd(policy.Id, policy);
                }
            }
        }

        return policies;
    }

    /// <summary>
    /// The rules of the policy's first rule set that vSAN knows. Rules that no rule set has are vSAN's defaults, which differ between
    /// versions: they are left unknown.
    /// </summary>
    public static StoragePolicy? Policy(XElement profile)
    {
        if (profile.Text("profileId", "uniqueId") is not { } id)
        {
            return null;
        }

        var rules = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var capability in profile.Child("constraints")?.Children("subProfiles").SelectMany(s => s.Children("capability")) ?? [])
        {
            if (capability.Text("id", "namespace") == "VSAN" && capability.Text("id", "id") is { } name
                && capability.Text("constraint", "propertyInstance", "value") is { } value)
            {
                rules.TryAdd(name, value);
            }
        }

        var failures = Number("hostFailuresToTolerate");
        return new StoragePolicy
        {
            Id = id,
            Name = profile.Text("name") ?? id,
            Raid = Raid(rules.GetValueOrDefault("replicaPreference"), failures),
            FailuresToTolerate = (int?)failures,
            StripeWidth = (int?)Number("stripeWidth"),
            SpaceReservation = (int?)Number("proportionalCapacity"),
            IopsLimit = Number("iopsLimit") is > 0 and var limit ? limit : null,
            ChecksumDisabled = rules.TryGetValue("checksumDisabled", out var off) ? off is "true" or "1" : null,
        };

        long? Number(string rule) => long.TryParse(rules.GetValueOrDefault(rule), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary><paramref name="preference"/> is a sentence: "RAID-1 (Mirroring) - Performance" or "RAID-5/6 (Erasure Coding) - Capacity".</summary>
    private static string? Raid(string? preference, long? failures) => (preference, failures) switch
    {
        (_, 0) => "RAID-0",
        (null, null) => null,
        ({ } text, 1) when text.Contains("RAID-5", StringComparison.Ordinal) => "RAID-5",
        ({ } text, 2) when text.Contains("RAID-5", StringComparison.Ordinal) => "RAID-6",
        ({ } text, _) when text.Contains("RAID-5", StringComparison.Ordinal) => "RAID-5/6",
        _ => "RAID-1",
    };

    private async Task<IReadOnlyList<XElement>> CallAsync(string operation, IEnumerable<XElement> arguments, CancellationToken cancellationToken)
    {
        if (_profiles is null)
        {
            var content = await _service.CallAsync("PbmRetrieveServiceContent", new ManagedObjectReference("PbmServiceInstance", "ServiceInstance"), [], cancellationToken);
            var manager = (content.Count > 0 ? content[0] : null)?.Child("profileManager");
            _profiles = new ManagedObjectReference(manager?.Attribute("type")?.Value ?? "PbmProfileProfileManager", manager?.Value ?? "ProfileManager");
        }

        return await _service.CallAsync(operation, _profiles, arguments, cancellationToken);
    }
}
