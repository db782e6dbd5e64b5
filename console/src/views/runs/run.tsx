import { Head } from '../../parts/layout.tsx';
export default function RunView() {
  return <Head title="Run" />;
}
