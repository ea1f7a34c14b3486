using Migrate.Planner.Plans;

namespace Migrate.Executor.Validation.Identity;

/// <summary>
/// Compares what a guest was known by on VMware with what it is known by now; a pure function. Cards are told apart by their MAC address, which moves. Only
/// what lasts is compared: link-local and random IPv6 addresses are others at every boot.
/// </summary>
public static class IdentityJudge
{
    /// <param name="before">Null: nobody told.</param>
    /// <param name="after">Null: nobody told.</param>
    /// <param name="networks">Where the plan maps VMware's networks to.</param>
    /// <param name="whyNone">Why one of the two is null.</param>
    public static IdentityFinding Judge(GuestIdentity? before, GuestIdentity? after, IReadOnlyDictionary<string, NetworkMapping> networks, string? whyNone = null)
    {
        if (before is null || after is null)
        {
            return new IdentityFinding { State = IdentityState.NotCompared, Before = before, After = after, NotCompared = [whyNone ?? "one side told nothing"] };
        }

        List<IdentityDifference> differences = [];
        List<string> open = [.. after.Untold];
        HostName(before, after, differences, open);
        var (compared, elsewhere) = (new List<IdentityInterface>(), false);
        foreach (var card in before.Interfaces)
        {
            if (networks.GetValueOrDefault(card.Network ?? "") is { Kind: "user" or "none" } mapping)
            {
                open.Add($"{card.Mac}: the plan maps its network '{card.Network}' to {mapping.Kind}, where its addresses cannot be the same");
                elsewhere = true;
                continue;
            }

            compared.Add(card);
            Card(card, after, differences, open);
        }

        if (elsewhere)
        {
            open.Add("gateways, routes and DNS: a card of the guest has another network now");
        }
        else if (compared.Count > 0)
        {
            Gateways(before, after, differences, open);
            Routes(before, after, differences);
            Dns(before, after, differences, open);
        }

        return new IdentityFinding
        {
            State = differences.Count > 0 ? IdentityState.Differs : compared.Count == 0 && before.HostName is null ? IdentityState.NotCompared : IdentityState.Equal,
            Before = before,
            After = after,
            Differences = differences,
            NotCompared = [.. open.Distinct()],
        };
    }

    /// <summary>What differs and matters fails; what differs and does not, or was not compared, leaves it open.</summary>
    public static AspectVerdict Aspect(IdentityFinding? finding)
    {
        if (finding is null or { State: IdentityState.NotCompared })
        {
            return new(Validation.Aspect.Identity, Outcome.Inconclusive, "The guest's identity in its networks was not compared.", finding?.NotCompared ?? ["nobody asked"]);
        }

        List<string> reasons =
        [
            .. finding.Differences.Select(x => $"{x.Subject}: was {x.Before}, is {x.After} ({x.Code}). {x.Remedy}"),
            .. finding.NotCompared.Select(x => "not compared: " + x),
        ];
        return finding switch
        {
            { Differences: var found } when found.Any(x => !x.IsReachable) =>
                new(Validation.Aspect.Identity, Outcome.Fail, "The guest is not known in its networks as it was.", reasons),
            { Differences.Count: > 0 } =>
                new(Validation.Aspect.Identity, Outcome.Inconclusive, "The guest is reached as before, and something of its identity differs.", reasons),
            { NotCompared.Count: > 0 } =>
                new(Validation.Aspect.Identity, Outcome.Inconclusive, "What could be compared of the guest's identity is the same; not all could.", reasons),
            _ => new(
                Validation.Aspect.Identity, Outcome.Pass, "Host name, addresses, gateways and DNS are what they were.",
                [.. finding.After!.Interfaces.Select(x => $"{x.Mac} {x.Name}: {string.Join(", ", x.Addresses.Where(a => a.Lasts))}")]),
        };
    }

    private static void HostName(GuestIdentity before, GuestIdentity after, List<IdentityDifference> differences, List<string> open)
    {
        if (before.HostName is not { Length: > 0 } was || after.HostName is not { Length: > 0 } @is)
        {
            open.Add($"host name: {(after.HostName is { Length: > 0 } ? before.ToldBy : after.ToldBy)} told none");
            return;
        }

        // One side may tell the domain and the other not.
        var (a, b) = (was.TrimEnd('.').Split('.', 2), @is.TrimEnd('.').Split('.', 2));
        var same = string.Equals(a[0], b[0], StringComparison.OrdinalIgnoreCase) && (a.Length < 2 || b.Length < 2 || string.Equals(a[1], b[1], StringComparison.OrdinalIgnoreCase));
        if (!same)
        {
            differences.Add(new(
                "identity.host-name", "host name", was, @is,
                "Set it in the guest (hostnamectl set-hostname, Rename-Computer). If DHCP gives names, give this one to the MAC address; if cloud-init does, keep its instance id or set preserve_hostname."));
        }
    }

    private static void Card(IdentityInterface was, GuestIdentity after, List<IdentityDifference> differences, List<string> open)
    {
        var lasting = was.Addresses.Where(x => x.Lasts).ToList();
        if (after.Interfaces.FirstOrDefault(x => x.Mac == was.Mac) is not { } @is)
        {
            differences.Add(new(
                "identity.nic-missing", was.Mac, lasting.Count == 0 ? "there" : string.Join(", ", lasting), "no interface of the guest has this MAC address",
                after.IsWindows
                    ? "Install the virtio driver of the card (NetKVM) in the guest, and look whether a ghost of the old card is left (pnputil /enum-devices /disconnected)."
                    : "Look in the guest for the driver virtio_net (lspci -k), and for a rule that sets another MAC address."));
            return;
        }

        var missing = lasting.Where(x => @is.Addresses.All(y => y.Address != x.Address)).ToList();
        var renamed = was.Name is { } old && @is.Name is { } name && name != old && NicNames.IsByPlace(name);
        if (missing.Count > 0)
        {
            var others = @is.Addresses.Where(x => x.Lasts).ToList();
            differences.Add(new(
                others.Count > 0 ? "identity.address-differs" : "identity.address-missing", Subject(@is), string.Join(", ", missing),
                others.Count > 0 ? string.Join(", ", others) : "without such an address", Remedy(was, @is, after.IsWindows, renamed, others.Count > 0)));
        }
        else if (renamed)
        {
            differences.Add(new(
                "identity.interface-renamed", was.Mac, was.Name!, @is.Name!,
                $"Its addresses are right. What names the interface in the guest (firewall, sysctl, scripts) may not find it: keep the old name, {NicNames.LinkCommand(was.Mac, was.Name!)}", IsReachable: true));
        }

        foreach (var (x, y) in lasting.Select(x => (x, y: @is.Addresses.FirstOrDefault(y => y.Address == x.Address)))
            .Where(x => x is { x.PrefixLength: not null, y.PrefixLength: not null } && x.x.PrefixLength != x.y.PrefixLength))
        {
            differences.Add(new("identity.prefix", Subject(@is), x.ToString(), y!.ToString(), "Set the network's mask in the guest, or in what gives it the address."));
        }

        if (missing.Count == 0 && lasting.Count > 0 && @is.Addresses.Where(x => x is { Lasts: true, IsIPv4: true } && lasting.All(y => y.Address != x.Address)).ToList() is { Count: > 0 } added)
        {
            differences.Add(new(
                "identity.address-added", Subject(@is), string.Join(", ", lasting), string.Join(", ", lasting.Concat(added)),
                "Find out who gives the further address: a DHCP server of the new network beside a static address, for one.", IsReachable: true));
        }

        if (lasting.Count == 0)
        {
            open.Add($"addresses of {was.Mac}: VMware Tools told none");
        }
    }

    private static string Remedy(IdentityInterface was, IdentityInterface @is, bool isWindows, bool renamed, bool hasOthers) => (isWindows, renamed) switch
    {
        (true, _) => "Windows takes the card for a new one; the old one's settings stay with its ghost. Remove that (pnputil /enum-devices /disconnected, then pnputil /remove-device) and give this card the address (New-NetIPAddress), or let virt-v2v or a script at first boot do it.",
        (_, true) => $"The interface was {was.Name} and is {@is.Name}: the guest's configuration is for the old name. Keep that, {NicNames.LinkCommand(was.Mac, was.Name!)} and restart; or name the new one in its configuration.",
        _ when hasOthers && was.Dhcp != false => "DHCP gave another address: reserve the old one for the MAC address at the network's DHCP server, and look whether the client identifies itself otherwise than before (DUID).",
        _ => "Look at the guest's configuration of the interface, and whether the plan's mapping put it into the network that it was in.",
    };

    private static string Subject(IdentityInterface card) => card.Name is null ? card.Mac : $"{card.Mac} ({card.Name})";

    private static void Gateways(GuestIdentity before, GuestIdentity after, List<IdentityDifference> differences, List<string> open)
    {
        if (before.Gateways is null || after.Gateways is null)
        {
            open.Add($"default gateways: {(before.Gateways is null ? before.ToldBy : after.ToldBy)} told none");
            return;
        }

        // A router's link-local address is IPv6's way, and told by the one side and not by the other.
        List<string> was = [.. Canonical(before.Gateways).Where(IsNoLinks)], now = [.. Canonical(after.Gateways).Where(IsNoLinks)];
        if (was.Except(now).Any() || now.Except(was).Any(x => !x.Contains(':')))
        {
            differences.Add(new(
                "identity.gateway", "default gateway", Join(was), Join(now),
                "Set the gateway in the guest, or in what gives it its address; a second one besides the old sends answers the wrong way."));
        }
    }

    private static void Routes(GuestIdentity before, GuestIdentity after, List<IdentityDifference> differences)
    {
        if (before.Routes is not { Count: > 0 } || after.Routes is null)
        {
            return; // Where the other side tells no routes, that is said of its gateways.
        }

        foreach (var route in before.Routes.Except(after.Routes))
        {
            differences.Add(new(
                "identity.route", $"route to {route.Network}/{route.PrefixLength}", $"by {route.Gateway}",
                after.Routes.FirstOrDefault(x => (x.Network, x.PrefixLength) == (route.Network, route.PrefixLength)) is { } other ? $"by {other.Gateway}" : "not there",
                "Enter the route in the guest's configuration again; routes that name an interface are lost with its name."));
        }
    }

    private static void Dns(GuestIdentity before, GuestIdentity after, List<IdentityDifference> differences, List<string> open)
    {
        if (before.DnsServers is null)
        {
            open.Add($"DNS servers: {before.ToldBy} told none");
        }
        else if (after.DnsServers is { } now && !Canonical(before.DnsServers).ToHashSet().SetEquals(Canonical(now)))
        {
            differences.Add(new(
                now.Count == 0 ? "identity.dns-missing" : "identity.dns", "DNS servers", Join(before.DnsServers), Join(now),
                "Set the servers in the guest (resolved, NetworkManager, /etc/resolv.conf), or in what gives it its address."));
        }

        if (before.SearchDomains is { Count: > 0 } was && after.SearchDomains is { } domains && was.Except(domains, StringComparer.OrdinalIgnoreCase).Any())
        {
            differences.Add(new("identity.search-domain", "DNS search domains", Join(was), Join(domains), "Set the search domains in the guest, or at its DHCP server.", IsReachable: true));
        }
    }

    private static IEnumerable<string> Canonical(IEnumerable<string> addresses) => addresses.Select(x => IdentityAddress.Of(x, null)?.Address ?? x).Distinct();

    private static bool IsNoLinks(string address) => !address.StartsWith("fe80:", StringComparison.OrdinalIgnoreCase);

    private static string Join(IReadOnlyList<string> values) => values.Count == 0 ? "none" : string.Join(", ", values);
}
