using System.Text;
using System.Text.RegularExpressions;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

public class ConcernRulesTests
{
    [Fact]
    public void Ids_are_unique_and_well_formed()
    {
        ConcernRules.All.Select(rule => rule.Id).ShouldBeUnique();
        ConcernRules.All.ShouldAllBe(rule => Regex.IsMatch(rule.Id, "^[a-z]+\\.[a-z-]+$"));
        ConcernRules.All.Count.ShouldBeGreaterThanOrEqualTo(70);
    }

    [Fact]
    public void Every_rule_of_the_assembly_is_in_the_list() =>
        typeof(IConcernRule).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IConcernRule)) && type.IsClass)
            .ShouldBe(ConcernRules.All.Select(rule => rule.GetType()), ignoreOrder: true);

    /// <summary>Each says what it is, what it means, what to do and where it comes from, in sentences of its own.</summary>
    [Fact]
    public void Every_concern_is_explained()
    {
        ConcernCatalogue.All.ShouldAllBe(rule => rule.Label.Length > 5 && rule.Finds.EndsWith('.') && rule.Assessment.EndsWith('.') && rule.Remedy.EndsWith('.') && rule.Source.Length > 5);
        ConcernCatalogue.All.Select(rule => rule.Assessment).ShouldBeUnique();
        ConcernCatalogue.All.ShouldAllBe(rule => rule.Finds.StartsWith("Critical") || rule.Finds.StartsWith("Warning") || rule.Finds.StartsWith("Information"));
        ConcernCatalogue.All.Where(rule => !rule.Finds.Contains(rule.Severity.ToString())).Select(rule => rule.Id).ShouldBeEmpty("the most severe is named");
    }

    [Fact]
    public void Releases_with_faulty_change_tracking_are_listed() =>
        ConcernCatalogue.Find("host.cbt-known-bad").Details.ShouldContain(line => line.Contains("KB 2136854") && line.Contains("builds before 3247720"));

    [Fact]
    public void The_most_severe_comes_first()
    {
        Vm vm = Estate.Vm() with { IsTemplate = true, PowerState = "suspended" };

        ConcernJudge.Judge(Judged.Context(vm)).Select(concern => concern.Severity).Distinct().ShouldBe([ConcernSeverity.Critical, ConcernSeverity.Warning, ConcernSeverity.Information]);
    }

    /// <summary>docs/concerns.md is written from the rules: MIGRATE_WRITE_DOCS=1 makes this test write it instead of comparing.</summary>
    [Fact]
    public void The_documentation_lists_every_rule_as_it_is()
    {
        var text = new StringBuilder("""
            # Concerns

            A concern is a rule's finding on one VM of a plan. **Critical** blocks the start of the VM's wave, **Warning** means that something may be lost,
            **Information** that something is mapped or harmless. Every rule is one file in `src/Planner/Concerns/Rules` and judges only what is known: the
            inventory, what VMs share, the plan's policy, the facts of its KVM host and baselines. So a plan's concerns can be seen before anything is
            touched. Where a rule cannot judge because nothing is known (`guest.not-inspected`, `host.unknown`, `kvm.not-probed`, `baseline.missing`, vSAN's health), a concern says so.

            A Critical concern can be overridden with a reason, unless going on would lose data or copy nothing for certain: those are marked "never".
            Severity is the most severe that a rule can come to. What begins with `probe.` has to ask somebody: `migrate plan check` tries it, and a wave's start
            refuses on what the newest check found Critical. This page is written from the rules by a test.

            | Id | Severity | Concern | When, and how severe | Override | Source |
            |---|---|---|---|---|---|

            """);
        foreach (IConcernDescription rule in ConcernCatalogue.All)
        {
            string over = rule.Severity < ConcernSeverity.Critical ? "not needed" : rule.CanBeOverridden ? "with a reason" : "never";
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{rule.Id}` | {rule.Severity} | {rule.Label} | {rule.Finds} | {over} | {rule.Source} |\n");
        }
        text.Append("\n## What each means, and what to do\n\nThe same is shown by `migrate concerns explain ID`. A finding's own text names the VM, the disk and the figures.\n");
        foreach (IConcernDescription rule in ConcernCatalogue.All)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n### `{rule.Id}`\n\n{rule.Assessment}\n\n*Remedy:* {rule.Remedy}\n");
            text.Append(rule.Details.Count == 0 ? "" : $"\n{string.Join('\n', rule.Details.Select(detail => $"* {detail}"))}\n");
        }
        text.Append("""

            ## What others check and no rule here does

            | Check | Where | Why there is no rule |
            |---|---|---|
            | fstab, crypttab and boot loader by device path; LUKS; initial RAM disk without virtio; resume= and hibernation; multipath and LVM device files by WWN | virt-v2v, deep inspection of Forklift | Only the inside of the disks shows it: `guest.not-inspected` names it for Linux |
            | BitLocker, Fast Startup, dynamic disks, VSS writers (SQL Server, Exchange), PowerShell policies, several installed systems | virt-v2v, vJailbreak | Likewise for Windows; volumes over several disks that Tools report are `guest.volume-over-disks`, a TPM that may hold keys is `device.vtpm-keys` |
            | Backup agents, virus scanners, licences bound to the UUID | Forklift's documentation | vSphere does not show what is installed in a guest; `guest.not-inspected` and `windows.identity` say so |
            | Free inodes | virt-v2v | VMware Tools report bytes only |
            | Domain controllers | vJailbreak | Roles are not visible from outside: `windows.identity` for every Windows Server |
            | Pool overcommitment | several | Free space is asked for when a plan is checked: `probe.target-space` |
            | VDDK directory, version and a test read | Forklift, vJailbreak | VDDK is optional; `probe.disk-read` reads each disk by the reader that the plan chose |
            | Networks, storage classes, namespaces, quotas, user-defined networks, hooks of Kubernetes | Forklift's plan conditions | The target is libvirt; what a plan maps is checked when it is made, with the problem `plan.*`, and `nic.unmapped` |
            | Duplicate VM in plans, VM not found, host not ready | Forklift's plan conditions | Problems of the plan (`plan.vm-already-moved`, `plan.vm-in-active-run`), `host.not-connected`, `host.maintenance` |
            | DRS evacuation of the source host | vJailbreak | Hosts are not converted in place |
            | Ports, IP and MAC conflicts on the target's network | vJailbreak | The target's network is not asked; conflicts within the source are `nic.duplicate-mac` |
            | PCI slots for more than 26 virtio-blk disks | vJailbreak | Disks are on virtio-scsi; `vm.disk-count` |
            | Operating system's difficulty and cluster sizing | Migration Advisor | An estimate for sales, not a concern of a move; times are in the plan |

            """);
        string path = Repository.PathOf("docs", "concerns.md");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text.ToString());
        }

        File.ReadAllText(path).ShouldBe(text.ToString(), "run this test with MIGRATE_WRITE_DOCS=1 and commit docs/concerns.md");
    }
}
