using Migrate.Target.Admin;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>Asymmetric namespace access (NVM Express Base 2.0, 8.1) to one subsystem by one port: a state per ANA group.</summary>
internal sealed class AnaAccess
{
    /// <summary>ANAGRPMAX: groups are 1 to this.</summary>
    public const uint MostGroups = 32;

    private readonly Lock _gate = new();
    private readonly AnaState[] _states = new AnaState[MostGroups + 1];
    private readonly ulong[] _changes = new ulong[MostGroups + 1];
    private volatile ushort[] _statuses = new ushort[MostGroups + 1];
    private ulong _allChanges;

    public AnaAccess() => Array.Fill(_states, AnaState.Optimized);

    /// <summary>Whether commands for the namespace are answered here: success, or the path related status to refuse them with. For every command.</summary>
    public ushort StatusOf(Namespace one) => _statuses[one.AnaGroup];

    public AnaState StateOf(uint group) => _states[group];

    /// <summary>The change count of the whole log page, and those of the groups.</summary>
    public (ulong All, ulong[] ByGroup) Changes
    {
        get
        {
            lock (_gate)
            {
                return (_allChanges, [.. _changes]);
            }
        }
    }

    /// <summary>True when the state is another one now.</summary>
    public bool Set(uint group, AnaState state)
    {
        lock (_gate)
        {
            if (_states[group] == state)
            {
                return false;
            }

            _states[group] = state;
            var statuses = (ushort[])_statuses.Clone();
            statuses[group] = state switch
            {
                AnaState.Inaccessible => NvmeStatus.AnaInaccessible,
                AnaState.PersistentLoss => NvmeStatus.AnaPersistentLoss,
                AnaState.Change => NvmeStatus.AnaTransition,
                _ => NvmeStatus.Success,
            };
            _statuses = statuses;
            CountChange(group);
            return true;
        }
    }

    /// <summary>The group has other members now, which its descriptor in the log page shows.</summary>
    public void MembersChanged(uint group)
    {
        lock (_gate)
        {
            CountChange(group);
        }
    }

    private void CountChange(uint group)
    {
        _changes[group]++;
        _allChanges++;
    }
}
