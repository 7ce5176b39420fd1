using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// load → chain → store over rows of any length: <c>void f(ElementwiseCall*)</c>. The destination may be the source or an operand
/// with the same places. Numbers of a row stay in registers while the row lasts.
/// </summary>
internal static class ElementwiseKernel
{
    /// <summary>Generates the kernel of a chain.</summary>
    public static void Generate(Chain chain, VectorAssembler a) => new Emitter(a, chain).Emit();

    private sealed class Emitter
    {
        private readonly VectorAssembler _a;
        private readonly Chain _chain;
        private readonly bool[] _moves;
        private readonly Gpr _call, _source, _destination, _constants;
        private readonly Gpr[] _operands;
        private readonly Vec?[] _scalars;
        private readonly Vec? _zero;

        public Emitter(VectorAssembler a, Chain chain)
        {
            (_a, _chain, _moves) = (a, chain, chain.Operands());
            _call = a.Argument(0);
            _source = a.NewGpr(_call, ElementwiseCall.SourceAt);
            _destination = a.NewGpr(_call, ElementwiseCall.DestinationAt);
            _constants = chain.Has(ChainOp.Exp) ? a.NewGpr(_call, ElementwiseCall.ConstantsAt) : default;
            _operands = new Gpr[_moves.Length];
            _scalars = new Vec?[_moves.Length];
            for (int slot = 0; slot < _moves.Length; slot++)
            {
                _operands[slot] = a.NewGpr(_call, ElementwiseCall.OperandAt(slot));
                _scalars[slot] = _moves[slot] ? null : a.NewVec();
            }

            _zero = chain.Has(ChainOp.Relu) || chain.Has(ChainOp.LeakyRelu) ? a.NewVec() : null;
        }

        public void Emit()
        {
            if (_zero is { } zero)
            {
                _a.Zero(zero);
            }

            Gpr rows = _a.NewGpr(_call, ElementwiseCall.RowsAt);
            Gpr count = _a.NewGpr();
            _a.Repeat(rows, () => Row(count));
            _a.Return();
        }

        private void Row(Gpr count)
        {
            for (int slot = 0; slot < _moves.Length; slot++)
            {
                if (_scalars[slot] is { } scalar)
                {
                    _a.LoadBroadcast(scalar, _operands[slot], 0);
                }
            }

            _a.LoadGpr(count, _call, ElementwiseCall.CountAt);
            Gpr[] moving = [_source, _destination, .. _operands.Where((_, slot) => _moves[slot])];
            _a.ForEach(count, [Unroll()], moving, Body);
            Skip(_source, ElementwiseCall.SourceGapAt, count);
            Skip(_destination, ElementwiseCall.DestinationGapAt, count);
            for (int slot = 0; slot < _moves.Length; slot++)
            {
                Skip(_operands[slot], ElementwiseCall.GapAt(slot), count);
            }
        }

        private void Skip(Gpr pointer, int gap, Gpr scratch)
        {
            _a.LoadGpr(scratch, _call, gap);
            _a.Add(pointer, scratch);
        }

        private int Unroll()
        {
            // Beside the constants: a temporary for the step's operand, and one mask (LeakyRelu).
            int fixedRegisters = _scalars.Count(scalar => scalar is not null) + (_zero is null ? 0 : 1) + 2;
            int most = Math.Min(4, _a.VectorRegisters - fixedRegisters);
            return _chain.Has(ChainOp.Exp) ? Math.Min(most, Exponential.Vectors(_a, fixedRegisters)) : most;
        }

        private void Body(int vectors, Mask mask)
        {
            Vec[] x = _a.NewVecs(vectors);
            for (int i = 0; i < vectors; i++)
            {
                _a.Load(x[i], _source, i * _a.VectorBytes, mask);
            }

            int slot = 0;
            for (int step = 0; step < _chain.Length; step++)
            {
                Step(_chain[step], slot, x, mask);
                slot += Chain.Operands(_chain[step]).Length;
            }

            for (int i = 0; i < vectors; i++)
            {
                _a.Store(x[i], _destination, i * _a.VectorBytes, mask);
            }

            _a.Free(x);
        }

        private void Step(ChainOp op, int slot, Vec[] x, Mask mask)
        {
            if (op == ChainOp.Exp)
            {
                Exponential.Emit(_a, _constants, x);
                return;
            }

            for (int i = 0; i < x.Length; i++)
            {
                Step(op, slot, ref x[i], i * _a.VectorBytes, mask);
            }
        }

        private void Step(ChainOp op, int slot, ref Vec x, int offset, Mask mask)
        {
            switch (op)
            {
                case ChainOp.AddVector:
                    WithOperand(slot, offset, mask, x, (t, v) => _a.Add(t, t, v));
                    break;
                case ChainOp.MultiplyVector:
                    WithOperand(slot, offset, mask, x, (t, v) => _a.Multiply(t, t, v));
                    break;
                case ChainOp.AddScaledVector:
                    WithOperand(slot + 1, offset, mask, x, (t, v) => _a.MulAdd(t, v, Scalar(slot)));
                    break;
                case ChainOp.AddScalar:
                    _a.Add(x, x, Scalar(slot));
                    break;
                case ChainOp.MultiplyScalar:
                    _a.Multiply(x, x, Scalar(slot));
                    break;
                case ChainOp.AddScaledScalar:
                    _a.MulAdd(x, Scalar(slot), Scalar(slot + 1));
                    break;
                case ChainOp.MulAddVector:
                    MulAddVector(slot, ref x, offset, mask);
                    break;
                case ChainOp.MulAddScalar:
                    MulAddScalar(slot, ref x);
                    break;
                case ChainOp.Relu:
                    _a.MaxBound(x, x, _zero!.Value);
                    break;
                case ChainOp.LeakyRelu:
                    LeakyRelu(slot, x);
                    break;
                case ChainOp.Clip:
                    _a.MaxBound(x, x, Scalar(slot));
                    _a.MinBound(x, x, Scalar(slot + 1));
                    break;
                default:
                    throw new InvalidOperationException($"chain step {op} is not known");
            }
        }

        private Vec Scalar(int slot) => _scalars[slot]!.Value;

        private void WithOperand(int slot, int offset, Mask mask, Vec x, Action<Vec, Vec> emit)
        {
            Vec operand = _a.NewVec();
            _a.Load(operand, _operands[slot], offset, mask);
            emit(x, operand);
            _a.Free(operand);
        }

        // The sum's first operand is where the product is added: load it fresh, and let it take x's role.
        private void MulAddVector(int slot, ref Vec x, int offset, Mask mask)
        {
            Vec sum = _a.NewVec(), factor = _a.NewVec();
            _a.Load(factor, _operands[slot], offset, mask);
            _a.Load(sum, _operands[slot + 1], offset, mask);
            _a.MulAdd(sum, x, factor);
            _a.Free(factor);
            _a.Free(x);
            x = sum;
        }

        private void MulAddScalar(int slot, ref Vec x)
        {
            Vec sum = _a.NewVec();
            _a.Copy(sum, Scalar(slot + 1));
            _a.MulAdd(sum, x, Scalar(slot));
            _a.Free(x);
            x = sum;
        }

        private void LeakyRelu(int slot, Vec x)
        {
            Vec scaled = _a.NewVec();
            Mask positive = _a.NewMask();
            _a.Multiply(scaled, x, Scalar(slot));
            _a.Compare(positive, x, _zero!.Value, Comparison.Greater);
            _a.Select(x, positive, x, scaled);
            _a.Free(positive);
            _a.Free(scaled);
        }
    }
}
